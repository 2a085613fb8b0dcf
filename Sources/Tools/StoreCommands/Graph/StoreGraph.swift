import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Makes dependency graphs from a store.
struct StoreGraph {
    let store: LocalStore
    let maximumDepth: Int?

    /// What the derivations `paths` are built from. An output stands for its deriver.
    func derivations(of paths: [StorePath]) throws -> DependencyGraph {
        let roots = try paths.map { path in
            if path.isDerivation { return path }
            let deriver = try StoreQuery(store: store).info(path).deriver
            guard let deriver, try store.database.isValid(deriver) else {
                throw StoreCommandsError.notFound(
                    "'\(path)' has no derivation in this store; ask for its references")
            }
            return deriver
        }
        let sizes = try sizes()
        return try .derivations(
            of: roots, maximumDepth: maximumDepth, read: { try store.derivations.derivation($0) },
            size: { sizes[$0] })
    }

    /// What `paths` refer to. A derivation stands for its outputs.
    func references(of paths: [StorePath]) throws -> DependencyGraph {
        let query = StoreQuery(store: store)
        let roots = try paths.flatMap { try query.outputsIfDerivation($0) }
        for root in roots { try query.check(root) }
        let sizes = try sizes()
        return try .references(
            of: roots, maximumDepth: maximumDepth, in: store.database.referenceGraph()
        ) { node in
            node.size = sizes[node.path]
            if let size = node.size { node.details = ["size: \(ByteCount(size))"] }
            if let deriver = try store.database.info(node.path)?.deriver,
                try store.database.isValid(deriver)
            {
                let stage = try store.derivations.derivation(deriver).variable("stage")
                node.stage = stage.map { GraphStage($0) }
            }
        }
    }

    private func sizes() throws -> [StorePath: UInt64] {
        let paths = try store.database.allValidPaths()
        return try store.database.infos(paths).reduce(into: [:]) { $0[$1.path] = $1.narSize }
    }
}
