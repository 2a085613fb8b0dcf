/// A directed graph of numbered nodes that does not change any more: all edges in one array, those
/// of a node side by side. What is asked of a whole graph (components, closures, reduction, ways)
/// is answered here without a name being compared or a row being read.
public struct IndexedGraph: Sendable {
    /// The number of nodes; they are called 0 to `count - 1`.
    public let count: Int
    /// Where each node's edges begin in ``targets``, and at the end where the last ones end.
    private let starts: [Int]
    /// The ends of all edges: those of node 0, of node 1, and so on.
    public let targets: [Int]

    /// A graph of `count` nodes. The edges of a node keep their order.
    public init(count: Int, edges: some Collection<(from: Int, to: Int)>) {
        var starts = [Int](repeating: 0, count: count + 1)
        for edge in edges { starts[edge.from + 1] += 1 }
        for node in 0..<count { starts[node + 1] += starts[node] }
        var next = starts
        var targets = [Int](repeating: 0, count: edges.count)
        for edge in edges {
            targets[next[edge.from]] = edge.to
            next[edge.from] += 1
        }
        self.count = count
        self.starts = starts
        self.targets = targets
    }

    /// The places in ``targets`` of the edges of `node`.
    public func edges(of node: Int) -> Range<Int> { starts[node]..<starts[node + 1] }

    /// What the edges of `node` lead to.
    public func successors(of node: Int) -> ArraySlice<Int> { targets[edges(of: node)] }

    /// The same nodes with every edge turned round.
    public func reversed() -> IndexedGraph {
        var edges: [(from: Int, to: Int)] = []
        edges.reserveCapacity(targets.count)
        for node in 0..<count {
            for target in successors(of: node) { edges.append((target, node)) }
        }
        return IndexedGraph(count: count, edges: edges)
    }

    /// How many edges the shortest way from one of `roots` to each node has; `nil` where none leads.
    public func distances(from roots: some Sequence<Int>) -> [Int?] {
        var distances = [Int?](repeating: nil, count: count)
        var queue: [Int] = []
        for root in roots where distances[root] == nil {
            distances[root] = 0
            queue.append(root)
        }
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for target in successors(of: node) where distances[target] == nil {
                distances[target] = distances[node].map { $0 + 1 }
                queue.append(target)
            }
        }
        return distances
    }

    /// The nodes of a shortest way, both ends included; the first one in the order of the edges.
    /// `nil` when none leads from `start` to `end`.
    public func shortestPath(from start: Int, to end: Int) -> [Int]? {
        // Backwards from the end, so that the way can be read forwards.
        let distances = reversed().distances(from: [end])
        guard var rest = distances[start] else { return nil }
        var path = [start]
        while let node = path.last, node != end {
            rest -= 1
            guard let next = successors(of: node).first(where: { distances[$0] == rest }) else {
                return nil
            }
            path.append(next)
        }
        return path
    }

    /// The strongly connected component of each node (Tarjan 1972). A component has a higher number
    /// than all that it leads to; in a graph without cycles each node is a component.
    public func components() -> [Int] {
        var components = [Int](repeating: -1, count: count)
        var found = [Int](repeating: -1, count: count)
        var lowest = [Int](repeating: 0, count: count)
        var open: [Int] = []
        var time = 0
        var finished = 0
        // An explicit stack: graphs can be deep.
        var stack: [(node: Int, edge: Int)] = []
        for root in 0..<count where found[root] < 0 {
            stack.append((root, starts[root]))
            while let (node, edge) = stack.last {
                if found[node] < 0 {
                    found[node] = time
                    lowest[node] = time
                    time += 1
                    open.append(node)
                }
                if edge < starts[node + 1] {
                    stack[stack.count - 1].edge += 1
                    let target = targets[edge]
                    if found[target] < 0 {
                        stack.append((target, starts[target]))
                    } else if components[target] < 0 {
                        lowest[node] = min(lowest[node], found[target])
                    }
                    continue
                }
                stack.removeLast()
                if let parent = stack.last?.node {
                    lowest[parent] = min(lowest[parent], lowest[node])
                }
                guard lowest[node] == found[node] else { continue }
                while let member = open.popLast() {
                    components[member] = finished
                    if member == node { break }
                }
                finished += 1
            }
        }
        return components
    }
}
