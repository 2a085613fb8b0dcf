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
    /// What is known about the packages, by the paths of their derivations and outputs; a download is known by
    /// the package that uses it.
    ///
    /// - Throws: ``RecipesError``.
    package func abouts(in store: StoreDirectory) throws(RecipesError) -> [StorePath: PackageAbout]
    {
        var lowering = Lowering(graph: self, store: store)
        var abouts: [StorePath: PackageAbout] = [:]
        for package in packages where package.about != PackageAbout() {
            let item = try lowering.lower(reference(named: package.fullName))
            let inputs = item.derivation.inputDerivations.keys
            for item in [item] + inputs.compactMap({ lowering.download(at: $0) }) {
                for path in [item.path] + item.derivation.outputs.values.compactMap(\.path)
                where abouts[path] == nil {
                    abouts[path] = package.about
                }
            }
        }
        return abouts
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
