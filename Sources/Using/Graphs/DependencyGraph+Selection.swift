import StoreModel

extension DependencyGraph {
    /// What at most `depth` edges lead to from a root.
    package func limited(toDepth depth: Int) -> DependencyGraph {
        let distances = indexed.distances(from: roots)
        let places = nodes.indices.map { index in
            distances[index].flatMap { $0 <= depth ? index : nil }
        }
        return merging(places) { edge in
            // An edge of a node at the limit is as far away as one to a node that is not shown.
            distances[edge.from].map { $0 < depth } ?? false
        }
    }

    /// The graph without the nodes that `patterns` match, and without what only they lead to. What
    /// was asked for stays.
    package func excluding(_ patterns: [GraphPattern]) -> DependencyGraph {
        guard !patterns.isEmpty else { return self }
        let places = nodes.indices.map { index in
            let node = nodes[index]
            return !node.isRoot && patterns.contains { $0.matches(node) } ? nil : index
        }
        return merging(places).reachable()
    }

    /// The graph of the nodes that `patterns` match and of what was asked for. An edge stands for
    /// every way that goes over nothing but nodes left out.
    package func only(_ patterns: [GraphPattern]) -> DependencyGraph {
        guard !patterns.isEmpty else { return self }
        let isKept = nodes.map { node in node.isRoot || patterns.contains { $0.matches(node) } }
        let graph = indexed
        var found: [GraphEdge] = []
        // The last node for which each node was looked at.
        var seen = [Int](repeating: -1, count: nodes.count)
        for start in nodes.indices where isKept[start] {
            var stack = [start]
            while let node = stack.popLast() {
                for edge in graph.edges(of: node) {
                    let target = graph.targets[edge]
                    guard seen[target] != start, target != start else { continue }
                    seen[target] = start
                    if isKept[target] {
                        let outputs = node == start ? edges[edge].outputs : []
                        found.append(GraphEdge(from: start, to: target, outputs: outputs))
                    } else {
                        stack.append(target)
                    }
                }
            }
        }
        return DependencyGraph(relation: relation, nodes: nodes, edges: found)
            .merging(nodes.indices.map { isKept[$0] ? $0 : nil })
    }

    /// The graph without edges that a longer way makes superfluous.
    package func reduced() -> DependencyGraph {
        let isRedundant = indexed.redundantEdges()
        return DependencyGraph(
            relation: relation, nodes: nodes,
            edges: zip(edges, isRedundant).lazy.filter { !$0.1 }.map(\.0))
    }

    /// The nodes and edges on ways from `start` to `end`: on one shortest way, or on all. `nil` when
    /// there is none.
    package func ways(from start: Int, to end: Int, all: Bool) -> DependencyGraph? {
        let graph = indexed
        guard let path = graph.shortestPath(from: start, to: end) else { return nil }
        var isKept = [Bool](repeating: false, count: nodes.count)
        if all {
            let below = graph.distances(from: [start])
            let above = graph.reversed().distances(from: [end])
            for index in nodes.indices {
                isKept[index] = below[index] != nil && above[index] != nil
            }
        } else {
            for index in path { isKept[index] = true }
        }
        var result = self
        for index in nodes.indices {
            result.nodes[index].isRoot = index == start
            if index == end { result.nodes[index].emphasis = .named }
        }
        let steps = Set(zip(path, path.dropFirst()).map { [$0, $1] })
        return result.merging(nodes.indices.map { isKept[$0] ? $0 : nil }) { edge in
            all || steps.contains([edge.from, edge.to])
        }
    }

    /// The graph with the nodes that `patterns` match marked, and all that leads to them.
    package func highlighting(_ patterns: [GraphPattern]) -> DependencyGraph {
        guard !patterns.isEmpty else { return self }
        let named = nodes.indices.filter { index in
            patterns.contains { $0.matches(nodes[index]) }
        }
        var result = self
        for (index, distance) in indexed.reversed().distances(from: named).enumerated() {
            guard let distance else { continue }
            result.nodes[index].emphasis = distance == 0 ? .named : .onTheWay
        }
        return result
    }

    /// The indices of the nodes that `pattern` matches.
    package func nodes(matching pattern: GraphPattern) -> [Int] {
        nodes.indices.filter { pattern.matches(nodes[$0]) }
    }

    /// The graph with every edge turned round, and of that what the roots lead to.
    package func reversed(as relation: Relation) -> DependencyGraph {
        let turned = edges.map { edge in
            var turned = edge
            turned.from = edge.to
            turned.to = edge.from
            return turned
        }
        return DependencyGraph(relation: relation, nodes: nodes, edges: turned).reachable()
    }

    /// What the roots lead to.
    func reachable() -> DependencyGraph {
        let distances = indexed.distances(from: roots)
        return merging(nodes.indices.map { distances[$0] == nil ? nil : $0 })
    }
}
