import Primitives

extension DependencyGraph {
    /// The stages of a graph of derivations, one node each, with what they hold; an edge counts the
    /// edges between two. What states no stage is one node, too.
    package func stages() -> DependencyGraph {
        let groups = Dictionary(grouping: nodes.indices) { nodes[$0].stage }
        var result = self
        var places = [Int?](repeating: nil, count: nodes.count)
        for (stage, members) in groups {
            for member in members { places[member] = members[0] }
            result.nodes[members[0]] = node(of: stage, members)
        }
        return result.merging(places, as: .stage)
    }

    private func node(of stage: GraphStage?, _ members: [Int]) -> GraphNode {
        var node = GraphNode(path: nodes[members[0]].path, kind: .stage, stage: stage)
        node.name = stage?.name ?? "no stage"
        node.identifier = "stage-\(stage?.name ?? "none")"
        node.count = members.count
        node.isRoot = members.contains { nodes[$0].isRoot }
        var counts: [GraphNode.Kind: Int] = [:]
        for member in members { counts[nodes[member].kind, default: 0] += 1 }
        node.members = GraphNode.Kind.allCases.compactMap { kind in
            counts[kind].map { kind.counted($0) }
        }
        let sizes = members.compactMap { nodes[$0].size }
        if !sizes.isEmpty {
            node.size = sizes.saturatingSum
            let missing = members.count - sizes.count
            node.members.append(
                "\(ByteCount(sizes.saturatingSum))" + (missing > 0 ? ", \(missing) not here" : ""))
        }
        return node
    }
}
