import Primitives

extension DependencyGraph {
    /// The graph with one node in place of many alike: fetches, or sources, that need nothing and
    /// that the very same nodes need, where there are more than `limit` of them.
    package func foldingLeaves(moreThan limit: Int = 5) -> DependencyGraph {
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
        where needsNothing[index] && !node.isRoot && node.emphasis == .none {
            guard node.kind == .fetch || node.kind == .source, !users[index].isEmpty else {
                continue
            }
            // Edges are sorted by their beginning, so the same users make the same list.
            let key = Key(users: users[index], kind: node.kind, stage: node.stage)
            groups[key, default: []].append(index)
        }
        let large = groups.values.filter { $0.count > limit }
        guard !large.isEmpty else { return self }
        var result = self
        var places = nodes.indices.map { Optional($0) }
        for members in large {
            result.nodes[members[0]] = fold(members)
            // The others go, with their edges.
            for member in members.dropFirst() { places[member] = nil }
        }
        return result.merging(places)
    }

    /// The node that stands for `members`.
    private func fold(_ members: [Int]) -> GraphNode {
        var node = nodes[members[0]]
        node.count = members.count
        node.name = node.kind.counted(members.count)
        node.identifier += "-" + node.kind.rawValue
        node.members = members.map { nodes[$0].name }
        node.outputs = members.flatMap { nodes[$0].outputs }
        node.outputNames = []
        node.digest = nil
        node.urls = []
        node.version = nil
        let sizes = members.compactMap { nodes[$0].size }
        node.size = sizes.count == members.count ? sizes.saturatingSum : nil
        return node
    }

    /// The graph in which each node's edges are those of the node at its place in `places`. Nodes
    /// that stand at another's place, or at none, are gone; so are edges from a node to itself, and
    /// of several edges between the same two one is left.
    func merging(
        _ places: [Int?], as relation: Relation? = nil,
        keepingEdge: (GraphEdge) -> Bool = { _ in true }
    ) -> DependencyGraph {
        var kept: [GraphNode] = []
        var indices = [Int?](repeating: nil, count: nodes.count)
        for (index, node) in nodes.enumerated() where places[index] == index {
            indices[index] = kept.count
            kept.append(node)
        }
        struct Ends: Hashable {
            let from: Int
            let to: Int
        }
        var known: [Ends: Int] = [:]
        var merged: [GraphEdge] = []
        for edge in edges where keepingEdge(edge) {
            guard let from = places[edge.from].flatMap({ indices[$0] }),
                let target = places[edge.to].flatMap({ indices[$0] }), from != target
            else { continue }
            var edge = edge
            edge.from = from
            edge.to = target
            if let first = known.updateValue(merged.count, forKey: Ends(from: from, to: target)) {
                known[Ends(from: from, to: target)] = first
                merged[first].outputs = Set(merged[first].outputs + edge.outputs).sorted()
                merged[first].isImplicit = merged[first].isImplicit && edge.isImplicit
                merged[first].count += edge.count
            } else {
                merged.append(edge)
            }
        }
        return DependencyGraph(relation: relation ?? self.relation, nodes: kept, edges: merged)
    }
}

extension GraphNode.Kind {
    /// "57 fetches".
    package func counted(_ count: Int) -> String {
        let names =
            switch self {
            case .build: ("build", "builds")
            case .final: ("final build", "final builds")
            case .fetch: ("fetch", "fetches")
            case .seed: ("seed", "seeds")
            case .check: ("check", "checks")
            case .source: ("source", "sources")
            case .item: ("store item", "store items")
            case .stage: ("stage", "stages")
            }
        return "\(count) \(count == 1 ? names.0 : names.1)"
    }
}
