import StoreModel

extension DependencyGraph {
    /// A graph of derivations seen as packages: one node for the derivations of each. Files that
    /// came with a recipe are part of its package; so are downloads, unless they are asked for.
    ///
    /// - Parameter relation: ``Relation/package``, ``Relation/bag``, ``Relation/bagWithSources`` or
    ///   ``Relation/reversePackage``.
    package func packages(as relation: Relation) -> DependencyGraph {
        let withParts = relation == .bagWithSources
        var places: [Int?] = nodes.indices.map { index in
            let node = nodes[index]
            let isShown = node.kind != .source && (withParts || node.role != .part)
            return isShown || node.isRoot ? index : nil
        }
        for (variant, original) in variants() where places[original] != nil {
            places[variant] = original
        }
        // What was asked for stands for its package, whichever of its derivations it is.
        for index in nodes.indices where nodes[index].isRoot {
            let original = places[index]
            for other in nodes.indices where places[other] == original { places[other] = index }
        }
        var folded = self
        for index in nodes.indices {
            if let place = places[index], place != index {
                folded.nodes[place].count += nodes[index].count
            }
        }
        for edge in edges where places[edge.to] == nil {
            guard let place = places[edge.from] else { continue }
            folded.nodes[place].count += 1
            folded.nodes[place].members.append(nodes[edge.to].name)
        }
        let showsImplicit = relation == .bag || relation == .bagWithSources
        let graph = folded.merging(places, as: relation) { showsImplicit || !$0.isImplicit }
        return relation.isReversed ? graph.reversed(as: relation) : graph.reachable()
    }

    /// The packages made from what `roots` need, and what was downloaded or added for each: edges
    /// lead from the roots to the packages, and from these to their sources.
    package func sources() -> DependencyGraph {
        var users: Set<Int> = []
        var found: [GraphEdge] = []
        for edge in edges where nodes[edge.to].kind == .fetch || nodes[edge.to].kind == .source {
            found.append(edge)
            users.insert(edge.from)
        }
        let graph = indexed
        for root in roots {
            for (index, distance) in graph.distances(from: [root]).enumerated()
            where distance != nil && index != root && users.contains(index) {
                found.append(GraphEdge(from: root, to: index))
            }
        }
        return DependencyGraph(relation: .sources, nodes: nodes, edges: found).reachable()
    }

    /// Derivations that make the package of another, which they need, once more.
    private func variants() -> [(variant: Int, original: Int)] {
        var originals: [Int: Int] = [:]
        for edge in edges
        where nodes[edge.from].role == .variant && nodes[edge.from].name == nodes[edge.to].name {
            originals[edge.from] = edge.to
        }
        return originals.keys.sorted().map { variant in
            var original = variant
            // Something grafted may be grafted again.
            while let next = originals[original], next != variant { original = next }
            return (variant, original)
        }
    }
}
