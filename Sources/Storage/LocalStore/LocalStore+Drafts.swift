package import Primitives
import StoreDatabase
public import StoreModel

/// A derivation whose outputs' paths and variables may be absent, as a person writes it.
public struct DerivationDraft: Sendable {
    /// The path by which other drafts name it, which need not be the one it will have.
    public let path: StorePath?
    /// What is known of it.
    public let derivation: Derivation

    /// A draft from its parts.
    public init(path: StorePath?, derivation: Derivation) {
        self.path = path
        self.derivation = derivation
    }

    /// The drafts that a JSON text states: one derivation's record, or a record of several keyed by
    /// path, as it is or, as Nix prints it since 2.33, with its version beside it.
    ///
    /// - Throws: ``DerivationError``.
    package static func drafts(
        in value: JSONValue, of directory: StoreDirectory
    ) throws(DerivationError) -> [DerivationDraft] {
        if value["outputs"] != nil {
            return [.init(path: nil, derivation: try Derivation(json: value, in: directory))]
        }
        guard let records = try records(in: value) else {
            throw .badJSON("it is not a record")
        }
        var drafts: [DerivationDraft] = []
        for (key, record) in records.sorted(by: { $0.key < $1.key }) {
            // A key that is no path is one that nothing refers to.
            let path =
                key.utf8.contains(UInt8(ascii: "/"))
                ? try? directory.parse(key) : try? StorePath(baseName: key)
            drafts.append(
                .init(
                    path: path,
                    derivation: try Derivation(
                        json: record, name: path?.derivationName, in: directory)))
        }
        return drafts
    }

    private static func records(
        in value: JSONValue
    ) throws(DerivationError) -> [String: JSONValue]? {
        guard let members = value.object, let wrapped = members["derivations"] else {
            return value.object
        }
        let known = ["derivations", "version"]
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw .badJSON("the field '\(unknown)' is not known")
        }
        guard let version = members["version"] else { throw .badJSON("'version' is missing") }
        guard version == .integer(4) else {
            let text = String(decoding: version.text(isPretty: false), as: UTF8.self)
            throw .badJSON("it is of version \(text); known is 4")
        }
        return wrapped.object
    }
}

extension LocalStore {
    /// Completes drafts, which may need each other; the store is only read.
    ///
    /// - Returns: the derivations, each after those that it needs, as ``add(_:_:)`` takes them.
    /// - Throws: ``DerivationError``, ``LocalStoreError/missingInput(derivation:input:)``, or
    ///   `GraphCycle` for drafts that need each other in a circle.
    package func completed(_ drafts: [DerivationDraft]) throws -> [Derivation] {
        var indices: [StorePath: Int] = [:]
        for (index, draft) in drafts.enumerated() {
            if let path = draft.path { indices[path] = index }
        }
        var graph = DirectedGraph<Int>()
        for (index, draft) in drafts.enumerated() {
            graph.insert(index)
            for input in draft.derivation.inputDerivations.keys {
                if let needed = indices[input] { graph.insert(edge: index, to: needed) }
            }
        }
        var paths: [StorePath: StorePath] = [:]
        let order: [Int]
        do { order = try graph.topologicalOrder() } catch {
            throw GraphCycle(nodes: error.nodes.compactMap { drafts[$0].path })
        }
        return try order.map { index in
            var derivation = drafts[index].derivation
            derivation.inputDerivations = derivation.inputDerivations.reduce(into: [:]) {
                $0[paths[$1.key] ?? $1.key, default: []].formUnion($1.value)
            }
            let hashes = try derivations.inputHashes(of: derivation)
            derivation = try derivation.completed(inputHashes: hashes, in: storeDirectory)
            let path = try derivation.file(in: storeDirectory).path
            try derivations.rememberHash(of: path, derivation)
            if let stated = drafts[index].path { paths[stated] = path }
            return derivation
        }
    }

    /// Adds derivations in any order, each after those of them that it needs; see ``add(_:_:)``.
    ///
    /// - Throws: also `GraphCycle`.
    @discardableResult
    package func addDerivations(inAnyOrder derivations: [Derivation]) throws -> [StorePath] {
        var byPath: [StorePath: Derivation] = [:]
        for derivation in derivations {
            byPath[try derivation.file(in: storeDirectory).path] = derivation
        }
        var graph = DirectedGraph<StorePath>()
        for (path, derivation) in byPath {
            graph.insert(path)
            for input in derivation.inputDerivations.keys where byPath[input] != nil {
                graph.insert(edge: path, to: input)
            }
        }
        return try addDerivations(graph.topologicalOrder().compactMap { byPath[$0] })
    }
}
