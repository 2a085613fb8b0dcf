extension DirectedGraph {
    /// For everything that `roots` lead to: the last node that all ways from the roots go through
    /// before it; `nil` when there is none, as for the roots themselves. Without its dominator,
    /// nothing would lead to a node.
    ///
    /// The algorithm is that of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm"
    /// (2001): nearly linear on graphs without circles.
    ///
    /// - Returns: every node once, dominators before what they dominate.
    public func dominators(from roots: some Sequence<Node>) -> [(node: Node, dominator: Node?)] {
        let starts = roots.compactMap { indices[$0] }
        let order = reversePostorder(from: starts)
        // A root of all roots has number 0, the others their place in the order, plus one.
        var number = [Int](repeating: 0, count: nodes.count)
        for (place, index) in order.enumerated() { number[index] = place + 1 }
        var users = [[Int]](repeating: [], count: order.count + 1)
        for start in Set(starts) { users[number[start]].append(0) }
        for index in order {
            for target in edges[index] { users[number[target]].append(number[index]) }
        }
        var dominators = [Int?](repeating: nil, count: order.count + 1)
        dominators[0] = 0
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for current in 1..<(order.count + 1) {
                var common: Int?
                for user in users[current] where dominators[user] != nil {
                    common = common.map { Self.meeting(of: $0, user, dominators) } ?? user
                }
                if common != dominators[current] {
                    dominators[current] = common
                    hasChanged = true
                }
            }
        }
        return order.enumerated().map { place, index in
            let dominator = dominators[place + 1] ?? 0
            return (nodes[index], dominator == 0 ? nil : nodes[order[dominator - 1]])
        }
    }

    /// Where the ways up from two nodes meet. Numbers grow on the way down.
    private static func meeting(of first: Int, _ second: Int, _ dominators: [Int?]) -> Int {
        var (first, second) = (first, second)
        while first != second {
            if first > second {
                first = dominators[first] ?? 0
            } else {
                second = dominators[second] ?? 0
            }
        }
        return first
    }

    /// What `starts` lead to; without circles, users before what they need.
    private func reversePostorder(from starts: [Int]) -> [Int] {
        var isSeen = [Bool](repeating: false, count: nodes.count)
        var order: [Int] = []
        for start in starts where !isSeen[start] {
            isSeen[start] = true
            var stack = [(node: start, next: 0)]
            while let (node, next) = stack.last {
                guard next < edges[node].count else {
                    order.append(node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = edges[node][next]
                if !isSeen[target] {
                    isSeen[target] = true
                    stack.append((target, 0))
                }
            }
        }
        return order.reversed()
    }
}
