package import LocalStore
import Primitives
import StoreDatabase
package import StoreModel
import SystemSupport

/// Makes dependency graphs from a store.
package struct StoreGraph {
    let store: LocalStore
    let maximumDepth: Int?

    /// Graphs of what is in `store`.
    ///
    /// - Parameter maximumDepth: how far to read, where nothing is read that is not shown; `nil` for
    ///   everything.
    package init(store: LocalStore, maximumDepth: Int? = nil) {
        self.store = store
        self.maximumDepth = maximumDepth
    }

    private var query: StoreQuery { StoreQuery(store: store) }

    /// The graph of that type of `paths`, with sizes.
    package func graph(_ type: DependencyGraph.Relation, of paths: [StorePath]) throws
        -> DependencyGraph
    {
        switch type {
        case .derivation: try derivations(of: paths, maximumDepth: maximumDepth)
        case .references, .referrers: try references(of: paths, isReversed: type == .referrers)
        case .package, .bag, .bagWithSources: try derivations(of: paths).packages(as: type)
        case .reversePackage: try referringDerivations(of: paths).packages(as: type)
        case .stage: try derivations(of: paths).stages()
        case .sources: try derivations(of: paths).sources()
        }
    }

    /// What the derivations `paths` are built from. An output stands for its deriver.
    private func derivations(
        of paths: [StorePath], maximumDepth: Int? = nil
    ) throws -> DependencyGraph {
        // What is valid refers only to what is valid: nothing below needs a question.
        return try addingSizes(
            .derivations(
                of: derivers(of: paths), maximumDepth: maximumDepth, read: read(_:)))
    }

    /// The derivations that are built from `paths`, with those themselves.
    private func referringDerivations(of paths: [StorePath]) throws -> DependencyGraph {
        let roots = try derivers(of: paths)
        let members = try store.database.referrersClosure(of: roots).filter(\.isDerivation)
        return try addingSizes(
            .derivations(of: roots, among: Set(members), read: read(_:)))
    }

    /// The derivations that `paths` stand for: themselves, or what made them.
    package func derivers(of paths: [StorePath]) throws -> [StorePath] {
        let derivers = try paths.map { path in
            if path.isDerivation { return path }
            let deriver = try query.info(path).deriver
            guard let deriver, try store.database.isValid(deriver) else {
                throw StoreQueryError.noDerivation(path)
            }
            return deriver
        }
        for deriver in derivers { try query.check(deriver) }
        return derivers
    }

    /// Whether a graph of that type can begin at `path`: its outputs are valid, or what it was built from
    /// is known.
    package func canBegin(at path: StorePath, _ type: DependencyGraph.Relation) throws -> Bool {
        switch type {
        case .references, .referrers:
            let outputs = try query.outputsIfDerivation(path)
            return try store.database.validPaths(among: outputs).count == outputs.count
        default:
            if path.isDerivation { return true }
            guard let deriver = try query.info(path).deriver else { return false }
            return try store.database.isValid(deriver)
        }
    }

    private func read(_ path: StorePath) throws -> Derivation {
        let file = store.layout.realPath(of: path)
        do {
            return try Derivation(
                parsing: FileBytes.read(path: file), name: path.derivationName,
                in: store.storeDirectory)
        } catch let error as DerivationError {
            throw StoreQueryError.badDerivation(file: file, reason: "\(error)")
        }
    }

    /// What `paths` refer to, or what refers to them. A derivation stands for its outputs.
    private func references(
        of paths: [StorePath], isReversed: Bool
    ) throws -> DependencyGraph {
        let roots = try paths.flatMap { try query.outputsIfDerivation($0) }
        for root in roots { try query.check(root) }
        let graph =
            try isReversed
            ? store.database.referenceGraph().reversed()
            : store.database.referenceGraph(below: roots)
        let derivers = try store.database.validDerivers(among: graph.closure(of: roots))
        // Outputs of one derivation share what it states.
        var stages: [StorePath: GraphStage?] = [:]
        return try addingSizes(
            .references(
                of: roots, maximumDepth: maximumDepth, in: graph, isReversed: isReversed
            ) { node in
                guard let deriver = derivers[node.path] else { return }
                if let known = stages[deriver] {
                    node.stage = known
                    return
                }
                node.stage = try read(deriver).variable("stage").map { GraphStage($0) }
                stages[deriver] = node.stage
            })
    }

    private func addingSizes(_ graph: DependencyGraph) throws -> DependencyGraph {
        var outputs: [StorePath] = []
        for node in graph.nodes { outputs += node.outputs }
        return graph.addingSizes(try store.database.narSizes(among: outputs))
    }
}
