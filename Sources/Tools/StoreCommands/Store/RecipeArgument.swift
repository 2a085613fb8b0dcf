import LocalStore
import Primitives
import Recipes
import StoreDatabase
import StoreModel

/// Recipes as people name them where a store path is expected. They are those of the usual processor, as
/// with `instantiate`.
struct RecipeArgument {
    /// What the name of a recipe stands for.
    enum Meaning {
        /// Its derivation, which must be in the store: questions change nothing.
        case derivation
        /// Its derivation, in the store or not.
        case anyDerivation
        /// Its derivation, which is added to the store where it is missing.
        case addedDerivation
        /// Its outputs, which must be valid.
        case outputs
    }

    let store: LocalStore
    let meaning: Meaning
    let context: CommandContext

    /// What the recipe `name` stands for, with outputs `out` first; `nil` when there is none.
    ///
    /// - Parameter name: its name, or its file or folder.
    /// - Throws: ``StoreCommandsError/notFound(_:)`` when it must be there and is not.
    func paths(_ name: String) throws -> [StorePath]? {
        guard let found = try RecipeSet(context).lowered([name], in: store.storeDirectory) else {
            return nil
        }
        let graph = found.graph
        let goal = graph.goals[0]
        switch meaning {
        case .anyDerivation: return [goal]
        case .addedDerivation:
            try found.warn(context)
            try store.addTemporaryRoots([goal])
            if try !store.database.isValid(goal) { try store.add(graph) }
            return [goal]
        case .derivation:
            guard try store.database.isValid(goal) else {
                throw StoreCommandsError.notFound(
                    "the recipe '\(name)' is not in this store yet; 'nodeos-store instantiate \(name)' "
                        + "adds it")
            }
            return [goal]
        case .outputs:
            let named = graph.derivations.first { $0.path == goal }?.derivation.outputs ?? [:]
            let names = ["out"] + named.keys.filter { $0 != "out" }.sorted()
            let outputs = names.compactMap { named[$0]?.path }
            guard try store.database.validPaths(among: outputs).count == outputs.count else {
                throw StoreCommandsError.notFound(
                    "what the recipe '\(name)' makes is not in this store; 'nodeos-store realise "
                        + "\(name)' builds or fetches it")
            }
            return outputs
        }
    }
}

extension LocalStore {
    /// Adds what `graph` holds: its texts and derivations.
    func add(_ graph: LoweredGraph) throws {
        try add(
            graph.texts.map { StoreText(name: $0.path.name, contents: $0.bytes) },
            graph.derivations.map(\.derivation))
    }
}
