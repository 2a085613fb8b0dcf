package import LocalStore
package import Primitives
package import StoreDatabase
package import StoreModel
import SystemSupport

/// Why a store has no answer. The sentences do not say how to ask otherwise: whoever asked knows.
package enum StoreQueryError: Error, Sendable, CustomStringConvertible {
    /// The path, in full, is not valid.
    case notValid(String)
    /// Something else than a derivation was asked for its outputs.
    case notADerivation(StorePath)
    /// What made the path is not known here, or not valid any more.
    case noDerivation(StorePath)
    /// No valid path has this hash part.
    case unknownHashPart(String)
    /// The text of a valid derivation cannot be used: its file, and why.
    case badDerivation(file: String, reason: String)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .notValid(let path):
            "the path '\(path)' is not valid: it was never built, fetched or added here, or it was "
                + "deleted"
        case .notADerivation(let path): "'\(path.baseName)': only a derivation has outputs"
        case .noDerivation(let path):
            "'\(path)' has no derivation in this store; ask for its references"
        case .unknownHashPart(let text):
            "no valid path has the hash part '\(text)' (32 characters of 0-9 a-z without e o u t)"
        case .badDerivation(let file, let reason): "'\(file.oneLine)': \(reason)"
        }
    }
}

/// Questions about what belongs together in one store.
package struct StoreQuery {
    package let store: LocalStore

    /// Questions to `store`.
    package init(store: LocalStore) { self.store = store }

    package var database: StoreDatabase { store.database }

    /// What `ask` answers for any of `paths`, sorted.
    package func union(_ paths: [StorePath], _ ask: (StorePath) throws -> [StorePath]) throws
        -> [StorePath]
    {
        var found: Set<StorePath> = []
        for path in paths {
            try check(path)
            found.formUnion(try ask(path))
        }
        return found.sorted()
    }

    /// The closure of `paths`, each path after those that it refers to, as `nix-store` prints it.
    package func requisites(_ paths: [StorePath], includeOutputs: Bool) throws -> [StorePath] {
        let graph = try database.referenceGraph(below: paths)
        guard includeOutputs else { return try graph.topologicalOrder() }
        let outputs = try graph.nodes.filter(\.isDerivation).flatMap { derivation in
            try database.outputs(of: derivation).values
        }
        let valid = try database.validPaths(among: outputs)
        return try database.referenceGraph(below: graph.nodes + valid).topologicalOrder()
    }

    /// Everything that refers to `paths`, sorted.
    package func referrersClosure(_ paths: [StorePath], includeOutputs: Bool) throws -> [StorePath]
    {
        let found = try database.referrersClosure(of: paths)
        guard includeOutputs else { return found }
        let outputs = try found.filter(\.isDerivation).flatMap { derivation in
            try database.outputs(of: derivation).values
        }
        let valid = try database.validPaths(among: outputs)
        return try database.referrersClosure(of: found + valid)
    }

    /// The outputs of the derivations `paths`, by name.
    package func outputs(_ paths: [StorePath]) throws -> [StorePath] {
        try paths.flatMap { path in
            guard path.isDerivation else {
                throw StoreQueryError.notADerivation(path)
            }
            return try database.outputs(of: path).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The outputs of `path` when it is a derivation, else itself.
    package func outputsIfDerivation(_ path: StorePath) throws -> [StorePath] {
        path.isDerivation ? try outputs([path]) : [path]
    }

    /// The valid path whose hash part is `text`.
    package func path(hashPart text: String) throws -> StorePath {
        if let path = try database.path(hashPart: text) { return path }
        throw StoreQueryError.unknownHashPart(text)
    }

    /// What the database knows of `path`.
    ///
    /// - Throws: ``StoreQueryError/notValid(_:)`` when it is not valid.
    package func info(_ path: StorePath) throws -> PathInfo {
        guard let info = try database.info(path) else { throw notValid(path) }
        return info
    }

    /// Refuses a path that is not valid.
    package func check(_ path: StorePath) throws {
        guard try database.isValid(path) else { throw notValid(path) }
    }

    /// The NAR sizes of everything that `path` refers to, itself included, together.
    package func closureSize(_ path: StorePath) throws -> UInt64 {
        try database.infos(database.closure(of: [path])).map(\.narSize).saturatingSum
    }

    /// The roots that keep any of `paths`; all roots without paths.
    package func roots(keeping paths: [StorePath]) throws -> [StoreRoot] {
        let roots = try store.roots()
        guard !paths.isEmpty else { return roots }
        for path in paths { try check(path) }
        let keepers = Set(try database.referrersClosure(of: paths))
        return roots.filter { keepers.contains($0.target) }
    }

    /// The content of a source that is a text of moderate size: less than a megabyte of UTF-8. `nil`
    /// for anything else, and for what is not valid.
    package func smallText(_ path: StorePath) throws -> ByteString? {
        let file = store.layout.realPath(of: path)
        guard let info = try database.info(path), info.narSize < 1_000_000,
            SymbolicLink.target(of: file) == nil,
            // A directory, too, has no text; a file that cannot be read only makes the answer shorter.
            let bytes = try? FileBytes.read(path: file),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        return ByteString(bytes)
    }

    private func notValid(_ path: StorePath) -> StoreQueryError {
        .notValid(store.storeDirectory.path(of: path))
    }
}
