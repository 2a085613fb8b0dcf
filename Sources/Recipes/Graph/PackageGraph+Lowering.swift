public import StoreModel

extension PackageGraph {
    /// The derivations of the packages called `names`, and of all they need. The same graph, names
    /// and store directory always give the same bytes.
    ///
    /// - Throws: ``RecipesError``.
    public func lower(_ names: [String], in store: StoreDirectory) throws(RecipesError)
        -> LoweredGraph
    {
        var lowering = Lowering(graph: self, store: store)
        var goals: [StorePath] = []
        for name in names { goals.append(try lowering.lower(try reference(named: name)).path) }
        return lowering.result(goals: goals)
    }
}
