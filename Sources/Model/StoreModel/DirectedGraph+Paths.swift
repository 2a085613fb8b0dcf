extension DirectedGraph {
    /// A path with as few edges as any from `start` to `end`, both included; among equals, the one
    /// that comes first in the order of the nodes. `nil` when there is none.
    public func shortestPath(from start: Node, to end: Node) -> [Node]? {
        guard let first = indices[start], let last = indices[end] else { return nil }
        var previous = [Int?](repeating: nil, count: nodes.count)
        var level = [first]
        previous[first] = first
        // Level by level, each in the order of the nodes, so that the first finder is the least.
        while !level.isEmpty, previous[last] == nil {
            var next: [Int] = []
            for source in level {
                for target in edges[source].sorted(by: { nodes[$0] < nodes[$1] })
                where previous[target] == nil {
                    previous[target] = source
                    next.append(target)
                }
            }
            level = next
        }
        guard previous[last] != nil else { return nil }
        var path = [last]
        while let index = path.last, index != first, let source = previous[index] {
            path.append(source)
        }
        return path.reversed().map { nodes[$0] }
    }

    /// The nodes on any path from `start` to `end`, both included, in the order of the nodes; none
    /// when there is no path.
    public func nodes(between start: Node, and end: Node) -> [Node] {
        guard contains(start), contains(end) else { return [] }
        let below = closure(of: [start])
        let above = Set(reversed().closure(of: [end]))
        return below.filter { above.contains($0) }.sorted()
    }
}
