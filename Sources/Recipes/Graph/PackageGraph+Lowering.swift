package import StoreModel

extension PackageGraph {
    /// The derivations of the packages called `names`, and of all they need. The same graph, names
    /// and store directory always give the same bytes.
    ///
    /// - Throws: ``RecipesError``.
    package func lower(_ names: [String], in store: StoreDirectory) throws(RecipesError)
        -> LoweredGraph
    {
        var lowering = Lowering(graph: self, store: store)
        var goals: [StorePath] = []
        for name in names { goals.append(try lowering.lower(try reference(named: name)).path) }
        return lowering.result(goals: goals)
    }
}

extension PackageGraph {
    /// Every text and derivation that the recipes of all processors give in a store, by path: bytes that
    /// can be made again.
    package static func allTexts(
        in store: StoreDirectory
    ) throws(RecipesError) -> [StorePath: [UInt8]] {
        var texts: [StorePath: [UInt8]] = [:]
        for cpu in CPU.allCases {
            // Not every recipe is there for every processor.
            guard let graph = try? PackageGraph.nodeos(for: cpu) else { continue }
            let lowered = try graph.lower(graph.recipes.map(\.name), in: store)
            for text in lowered.texts { texts[text.path] = text.bytes }
            for item in lowered.derivations { texts[item.path] = item.text }
        }
        return texts
    }
}
