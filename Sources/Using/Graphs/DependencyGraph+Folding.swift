extension DependencyGraph {
    /// The graph with one node in place of many alike: fetches, or sources, that need nothing and
    /// that the very same nodes need, where there are more than `limit` of them.
    public func foldingLeaves(moreThan limit: Int = 5) -> DependencyGraph {
        var users = [[Int]](repeating: [], count: nodes.count)
        var needsNothing = [Bool](repeating: true, count: nodes.count)
        for edge in edges {
            users[edge.to].append(edge.from)
            needsNothing[edge.from] = false
        }
        struct Key: Hashable {
            let users: [Int]
            let kind: GraphNode.Kind
            let stage: GraphStage?
        }
        var groups: [Key: [Int]] = [:]
        for (index, node) in nodes.enumerated()
        where needsNothing[index] && !node.isRoot && !users[index].isEmpty {
            guard node.kind == .fetch || node.kind == .source else { continue }
            // Edges are sorted by their beginning, so the same users make the same list.
            let key = Key(users: users[index], kind: node.kind, stage: node.stage)
            groups[key, default: []].append(index)
        }
        // The first member stands for all; the others go, with their edges.
        var result = nodes
        var isGone = [Bool](repeating: false, count: nodes.count)
        for members in groups.values where members.count > limit {
            result[members[0]] = fold(members)
            for member in members.dropFirst() { isGone[member] = true }
        }
        var places = [Int](repeating: 0, count: nodes.count)
        var kept: [GraphNode] = []
        for (index, node) in result.enumerated() where !isGone[index] {
            places[index] = kept.count
            kept.append(node)
        }
        let keptEdges = edges.lazy.filter { !isGone[$0.to] }.map {
            GraphEdge(from: places[$0.from], to: places[$0.to], outputs: $0.outputs)
        }
        return DependencyGraph(relation: relation, nodes: kept, edges: Array(keptEdges))
    }

    /// The node that stands for `members`.
    private func fold(_ members: [Int]) -> GraphNode {
        var node = nodes[members[0]]
        node.count = members.count
        node.details = members.map { nodes[$0].name }
        node.outputs = members.flatMap { nodes[$0].outputs }
        let sizes = members.compactMap { nodes[$0].size }
        node.size = sizes.count == members.count ? sizes.reduce(0, +) : nil
        return node
    }
}
