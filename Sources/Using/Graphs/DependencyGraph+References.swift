package import StoreModel

extension DependencyGraph {
    /// The graph of the store paths that `roots` refer to, or of those that refer to them.
    ///
    /// - Parameters:
    ///   - maximumDepth: how many edges a path from a root may have; `nil` for all.
    ///   - graph: who refers to whom, at least for everything below the roots; for referrers the
    ///     other way round.
    ///   - isReversed: whether it is referrers that are asked for.
    ///   - describe: completes a node: stage, details.
    package static func references(
        of roots: [StorePath], maximumDepth: Int? = nil, in graph: DirectedGraph<StorePath>,
        isReversed: Bool = false,
        describe: (inout GraphNode) throws -> Void = { _ in }
    ) rethrows -> DependencyGraph {
        var nodes: [GraphNode] = []
        var edges: [GraphEdge] = []
        var indices: [StorePath: Int] = [:]
        var depths: [Int] = []

        func insert(_ path: StorePath, depth: Int) -> Int {
            if let index = indices[path] { return index }
            indices[path] = nodes.count
            nodes.append(GraphNode(path: path, kind: .item))
            nodes[nodes.count - 1].outputs = [path]
            depths.append(depth)
            return nodes.count - 1
        }

        for root in roots { nodes[insert(root, depth: 0)].isRoot = true }
        var next = 0
        while next < nodes.count {
            let depth = depths[next]
            try describe(&nodes[next])
            if maximumDepth.map({ depth < $0 }) ?? true {
                let path = nodes[next].path
                for target in graph.successors(of: path) where target != path {
                    edges.append(GraphEdge(from: next, to: insert(target, depth: depth + 1)))
                }
            }
            next += 1
        }
        return DependencyGraph(
            relation: isReversed ? .referrers : .references, nodes: nodes, edges: edges)
    }
}
