import Archives
import Primitives
import StoreDatabase
package import StoreModel
import Synchronization

/// Reads derivations from a store and remembers them, with what they count as in the hashes of
/// those that use them.
package final class DerivationCatalog: Sendable {
    private struct State {
        var derivations: [StorePath: Derivation] = [:]
        var hashes: [StorePath: QuotientHash] = [:]
    }

    private let folder: StoreFolder
    private let database: StoreDatabase
    private let storeDirectory: StoreDirectory
    private let state = Mutex(State())

    init(folder: StoreFolder, database: StoreDatabase, storeDirectory: StoreDirectory) {
        self.folder = folder
        self.database = database
        self.storeDirectory = storeDirectory
    }

    /// The derivation of the valid path `path`.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``, ``LocalStoreError/badDerivation(_:reason:)``,
    ///   or why the file cannot be read.
    package func derivation(_ path: StorePath) throws -> Derivation {
        if let known = state.withLock({ $0.derivations[path] }) { return known }
        let derivation = try readValid(path)
        state.withLock { $0.derivations[path] = derivation }
        return derivation
    }

    /// As ``derivation(_:)``; `nil` when the path is not valid.
    package func derivationIfValid(_ path: StorePath) throws -> Derivation? {
        do { return try derivation(path) } catch StoreDatabaseError.notValid { return nil }
    }

    private func readValid(_ path: StorePath) throws -> Derivation {
        guard path.isDerivation else {
            throw LocalStoreError.badDerivation(path, reason: "its name does not end in '.drv'")
        }
        guard try database.isValid(path) else { throw StoreDatabaseError.notValid(path) }
        return try read(path).derivation
    }

    /// The derivation that lies at `path` now, valid or not, and its text; not remembered.
    ///
    /// - Throws: ``LocalStoreError/badDerivation(_:reason:)``, or why the file cannot be read.
    func read(_ path: StorePath) throws -> (derivation: Derivation, text: [UInt8]) {
        let text = try folder.descriptor.readFile(path.fileName())
        do {
            let derivation = try Derivation(
                parsing: text, name: path.derivationName, in: storeDirectory)
            return (derivation, text)
        } catch { throw LocalStoreError.badDerivation(path, reason: "\(error)") }
    }

    /// What the valid derivation `path` counts as; its inputs are read as needed, each once, and
    /// only their hashes are remembered: a graph may be large.
    package func quotientHash(of path: StorePath) throws -> QuotientHash {
        // An explicit stack: a graph may be deeper than a thread's.
        var stack: [(path: StorePath, derivation: Derivation?)] = [(path, nil)]
        while let (current, known) = stack.last {
            if state.withLock({ $0.hashes[current] != nil }) {
                stack.removeLast()
                continue
            }
            let derivation =
                try known ?? state.withLock { $0.derivations[current] } ?? readValid(current)
            let missing =
                derivation.fixedOutput != nil
                ? []
                : state.withLock { state in
                    derivation.inputDerivations.keys.filter { state.hashes[$0] == nil }
                }
            guard missing.isEmpty else {
                stack[stack.count - 1].derivation = derivation
                stack += missing.map { ($0, nil) }
                continue
            }
            try rememberHash(of: current, derivation)
            stack.removeLast()
        }
        guard let hash = state.withLock({ $0.hashes[path] }) else {
            throw LocalStoreError.badDerivation(path, reason: "it has no hash")
        }
        return hash
    }

    /// The quotient hashes of all inputs of `derivation`.
    package func inputHashes(of derivation: Derivation) throws -> [StorePath: QuotientHash] {
        if derivation.fixedOutput != nil { return [:] }
        var hashes: [StorePath: QuotientHash] = [:]
        for input in derivation.inputDerivations.keys {
            if let known = state.withLock({ $0.hashes[input] }) {
                hashes[input] = known
                continue
            }
            do { hashes[input] = try quotientHash(of: input) } catch StoreDatabaseError.notValid(
                let missing)
            {
                throw LocalStoreError.missingInput(derivation: derivation.name, input: missing)
            }
        }
        return hashes
    }

    /// Remembers what a checked derivation, whose inputs' hashes are known, counts as. True of
    /// its path whether that is valid or not.
    func rememberHash(of path: StorePath, _ derivation: Derivation) throws {
        let hashes = state.withLock { state in
            derivation.inputDerivations.keys.reduce(into: [StorePath: QuotientHash]()) {
                $0[$1] = state.hashes[$1]
            }
        }
        let hash = try derivation.quotientHash(inputHashes: hashes, in: storeDirectory)
        state.withLock { $0.hashes[path] = hash }
    }

    /// Remembers derivations that are valid now.
    func remember(_ derivations: [StorePath: Derivation]) {
        state.withLock { $0.derivations.merge(derivations) { _, new in new } }
    }
}
