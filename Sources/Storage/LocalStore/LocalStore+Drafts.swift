import StoreDatabase
public import StoreModel

extension LocalStore {
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
    }

    /// Completes drafts, which may need each other; the store is only read.
    ///
    /// - Returns: the derivations, each after those that it needs, as ``add(_:_:)`` takes them.
    /// - Throws: ``DerivationError``, ``LocalStoreError/missingInput(derivation:input:)``, or
    ///   `GraphCycle` for drafts that need each other in a circle.
    public func completed(_ drafts: [DerivationDraft]) throws -> [Derivation] {
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
}
