extension DependencyGraph {
    /// The graph with one node in place of many alike: the fetches, and the sources, that need
    /// nothing and that a single node needs, where there are more than `limit` of them.
    public func foldingLeaves(moreThan limit: Int = 12) -> DependencyGraph {
        var users = [[Int]](repeating: [], count: nodes.count)
        var needsNothing = [Bool](repeating: true, count: nodes.count)
        for edge in edges {
            users[edge.to].append(edge.from)
            needsNothing[edge.from] = false
        }
        struct Key: Hashable {
            let user: Int
            let kind: GraphNode.Kind
            let stage: GraphStage?
        }
        var groups: [Key: [Int]] = [:]
        for (index, node) in nodes.enumerated() {
            guard needsNothing[index], !node.isRoot, users[index].count == 1,
                let user = users[index].first, node.kind == .fetch || node.kind == .source
            else { continue }
            groups[Key(user: user, kind: node.kind, stage: node.stage), default: []].append(index)
        }
        var folded: [Int: Key] = [:]
        for (key, members) in groups where members.count > limit {
            for member in members { folded[member] = key }
        }
        guard !folded.isEmpty else { return self }

        var newNodes: [GraphNode] = []
        var places: [Int: Int] = [:]
        var groupPlaces: [Key: Int] = [:]
        for (index, node) in nodes.enumerated() {
            guard let key = folded[index] else {
                places[index] = newNodes.count
                newNodes.append(node)
                continue
            }
            guard groupPlaces[key] == nil, let members = groups[key] else { continue }
            groupPlaces[key] = newNodes.count
            newNodes.append(fold(members, user: nodes[key.user]))
        }
        var newEdges: [GraphEdge] = []
        for edge in edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            newEdges.append(GraphEdge(from: from, to: to, outputs: edge.outputs))
        }
        for (key, place) in groupPlaces {
            guard let from = places[key.user] else { continue }
            newEdges.append(GraphEdge(from: from, to: place))
        }
        return DependencyGraph(relation: relation, nodes: newNodes, edges: newEdges)
    }

    /// The node that stands for `members`, all needed by `user`.
    private func fold(_ members: [Int], user: GraphNode) -> GraphNode {
        let first = nodes[members[0]]
        var node = GraphNode(path: user.path, kind: first.kind, stage: first.stage)
        node.count = members.count
        node.details = members.map { nodes[$0].name }
        var total: UInt64 = 0
        for member in members {
            guard let size = nodes[member].size else { return node }
            total += size
        }
        node.size = total
        return node
    }
}
