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

    /// What the recipe `name` stands for, with outputs `out` first; `nil` when there is none.
    ///
    /// - Throws: ``StoreCommandsError/notFound(_:)`` when it must be there and is not.
    func paths(_ name: String) throws -> [StorePath]? {
        guard let graph = try Self.lowered(name, in: store.storeDirectory) else { return nil }
        let goal = graph.goals[0]
        switch meaning {
        case .anyDerivation: return [goal]
        case .addedDerivation:
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

    /// Whether there is such a recipe.
    static func exists(_ name: String) throws -> Bool {
        try PackageGraph.nodeos(for: .x8664).packages.contains { $0.fullName == name }
    }

    /// The names of the recipes that `instantiate --list` shows.
    static func names() throws -> [String] {
        try PackageGraph.nodeos(for: .x8664).recipes.map(\.name)
    }

    /// The recipe whose name is `name`, or the one most like it; `nil` when none is.
    static func nearest(to name: String) throws -> String? {
        let graph = try PackageGraph.nodeos(for: .x8664)
        // Of those equally near, one that is listed.
        let names = graph.recipes.map(\.name) + graph.packages.map(\.fullName)
        return names.first { $0 == name } ?? Suggestion.nearest(to: name, among: names)
    }

    /// The derivation of the recipe `name`, whether it is in a store or not; `nil` when there is none.
    static func derivation(of name: String, in directory: StoreDirectory) throws
        -> (StorePath, Derivation)?
    {
        guard let graph = try lowered(name, in: directory) else { return nil }
        return graph.derivations.first { $0.path == graph.goals[0] }.map {
            ($0.path, $0.derivation)
        }
    }

    /// The derivations of the recipe `name` and of all it needs; `nil` when there is none.
    private static func lowered(_ name: String, in directory: StoreDirectory) throws
        -> LoweredGraph?
    {
        do {
            return try PackageGraph.nodeos(for: .x8664).lower([name], in: directory)
        } catch RecipesError.unknownRecipe {
            return nil
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
