/// A directed graph in memory: each node's successors, by index. Built once from the database or
/// from derivations; closures and orders then touch no row again.
///
/// `@specialized`: other modules' graphs are of store paths, and without it each comparison of
/// nodes would be looked up.
public struct DirectedGraph<Node: Hashable & Sendable & Comparable>: Sendable {
    /// The nodes in the order they were added.
    public private(set) var nodes: [Node] = []
    private(set) var indices: [Node: Int] = [:]
    private(set) var edges: [[Int]] = []

    /// An empty graph.
    public init() {}

    /// Adds `node` when it is not there, and returns its index.
    @specialized(where Node == StorePath)
    @discardableResult
    public mutating func insert(_ node: Node) -> Int {
        if let index = indices[node] { return index }
        indices[node] = nodes.count
        nodes.append(node)
        edges.append([])
        return nodes.count - 1
    }

    /// Adds an edge, and its ends when they are not there.
    @specialized(where Node == StorePath)
    public mutating func insert(edge from: Node, to: Node) {
        let source = insert(from)
        let target = insert(to)
        edges[source].append(target)
    }

    /// Adds an edge between nodes given by the indices that ``insert(_:)`` returned: nothing is
    /// hashed, which counts when a whole store is read.
    @specialized(where Node == StorePath)
    package mutating func insert(edgeFrom source: Int, to target: Int) {
        edges[source].append(target)
    }

    /// Whether `node` is in the graph.
    public func contains(_ node: Node) -> Bool { indices[node] != nil }

    /// The successors of `node`, in the order their edges were added.
    public func successors(of node: Node) -> [Node] {
        guard let index = indices[node] else { return [] }
        return edges[index].map { nodes[$0] }
    }

    /// The same nodes with every edge turned round.
    @specialized(where Node == StorePath)
    public func reversed() -> DirectedGraph {
        var result = DirectedGraph()
        for node in nodes { result.insert(node) }
        for (source, targets) in edges.enumerated() {
            for target in targets { result.edges[target].append(source) }
        }
        return result
    }

    /// Everything reachable from `roots`, themselves included, breadth first.
    public func closure(of roots: some Sequence<Node>) -> [Node] {
        var seen = [Bool](repeating: false, count: nodes.count)
        var queue: [Int] = []
        for root in roots {
            guard let index = indices[root], !seen[index] else { continue }
            seen[index] = true
            queue.append(index)
        }
        var next = 0
        while next < queue.count {
            for target in edges[queue[next]] where !seen[target] {
                seen[target] = true
                queue.append(target)
            }
            next += 1
        }
        return queue.map { nodes[$0] }
    }

    /// All nodes, each after everything it points to (dependencies first); among equals, in the
    /// order of the nodes, so that two runs agree. Self edges are ignored.
    ///
    /// - Throws: ``GraphCycle`` that names a cycle.
    @specialized(where Node == StorePath)
    public func topologicalOrder() throws(GraphCycle<Node>) -> [Node] {
        // 0 new, 1 on the current path, 2 done. An explicit stack: graphs can be deep.
        var state = [UInt8](repeating: 0, count: nodes.count)
        var order: [Node] = []
        order.reserveCapacity(nodes.count)
        let (byRank, ranks) = ranking()
        let sortedEdges = edges.map { $0.sorted { ranks[$0] < ranks[$1] } }
        var stack: [(node: Int, next: Int)] = []
        for root in byRank where state[root] == 0 {
            state[root] = 1
            stack.append((root, 0))
            while let (node, next) = stack.last {
                guard next < sortedEdges[node].count else {
                    state[node] = 2
                    order.append(nodes[node])
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = sortedEdges[node][next]
                if state[target] == 0 {
                    state[target] = 1
                    stack.append((target, 0))
                } else if state[target] == 1, target != node {
                    let path = stack.map(\.node)
                    let start = path.firstIndex(of: target) ?? 0
                    throw GraphCycle(nodes: path[start...].map { nodes[$0] } + [nodes[target]])
                }
            }
        }
        return order
    }

    /// The indices in the order of the nodes, and each index's place in it, so that sorting edges
    /// compares numbers and not nodes.
    private func ranking() -> (byRank: [Int], ranks: [Int]) {
        let isSorted = zip(nodes, nodes.dropFirst()).allSatisfy { $0 < $1 }
        guard !isSorted else { return (Array(nodes.indices), Array(nodes.indices)) }
        let byRank = nodes.indices.sorted { nodes[$0] < nodes[$1] }
        var ranks = [Int](repeating: 0, count: nodes.count)
        for (rank, index) in byRank.enumerated() { ranks[index] = rank }
        return (byRank, ranks)
    }
}
