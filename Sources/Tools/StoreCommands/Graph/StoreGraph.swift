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
        let query = StoreQuery(store: store)
        let roots = try paths.map { path in
            if path.isDerivation { return path }
            let deriver = try query.info(path).deriver
            guard let deriver, try store.database.isValid(deriver) else {
                throw StoreCommandsError.notFound(
                    "'\(path)' has no derivation in this store; ask for its references")
            }
            return deriver
        }
        for root in roots { try query.check(root) }
        // What is valid refers only to what is valid: nothing below needs a question.
        return try addingSizes(
            .derivations(of: roots, maximumDepth: maximumDepth, read: read(_:)))
    }

    private func read(_ path: StorePath) throws -> Derivation {
        let file = store.layout.realPath(of: path)
        do {
            return try Derivation(
                parsing: FileBytes.read(path: file), name: path.derivationName,
                in: store.storeDirectory)
        } catch let error as DerivationError {
            throw StoreCommandsError.badFile(file, reason: "\(error)")
        }
    }

    /// What `paths` refer to. A derivation stands for its outputs.
    func references(of paths: [StorePath]) throws -> DependencyGraph {
        let query = StoreQuery(store: store)
        let roots = try paths.flatMap { try query.outputsIfDerivation($0) }
        for root in roots { try query.check(root) }
        return try addingSizes(
            .references(
                of: roots, maximumDepth: maximumDepth,
                in: store.database.referenceGraph(below: roots)
            ) { node in
                guard let deriver = try store.database.info(node.path)?.deriver,
                    try store.database.isValid(deriver)
                else { return }
                node.stage = try read(deriver).variable("stage").map { GraphStage($0) }
            })
    }

    private func addingSizes(_ graph: DependencyGraph) throws -> DependencyGraph {
        let valid = try store.database.validPaths(among: graph.nodes.flatMap(\.outputs))
        let infos = try store.database.infos(valid)
        return graph.addingSizes(
            Dictionary(uniqueKeysWithValues: infos.map { ($0.path, $0.narSize) }))
    }
}
