extension IndexedGraph {
    /// For each node the sum of `weights` over everything it leads to, itself included, each once.
    ///
    /// - Parameter weights: one for each node, such as its size in bytes.
    public func closureWeights(_ weights: [UInt64]) -> [UInt64] {
        let components = components()
        let condensed = condensed(components)
        var own = [UInt64](repeating: 0, count: condensed.count)
        for (node, component) in components.enumerated() { own[component] += weights[node] }
        var sums = own
        for block in condensed.reachableBlocks() {
            for component in block.start..<condensed.count {
                block.forEachReachable(from: component) { sums[component] += own[$0] }
            }
        }
        return components.map { sums[$0] }
    }

    /// Which edges say nothing new, because a longer way leads to the same place (transitive
    /// reduction; Aho, Garey and Ullman 1972): one answer for each of ``targets``. Edges within a
    /// cycle are all kept.
    public func redundantEdges() -> [Bool] {
        let components = components()
        let condensed = condensed(components)
        var redundant = [Bool](repeating: false, count: targets.count)
        for block in condensed.reachableBlocks() {
            for node in 0..<count where components[node] > block.start {
                let own = components[node]
                let edges = edges(of: node)
                guard edges.count > 1 else { continue }
                var beyond = ReachableBlock.Row()
                for edge in edges where components[targets[edge]] != own {
                    beyond.formUnion(block, components[targets[edge]])
                }
                for edge in edges where components[targets[edge]] != own {
                    if beyond.contains(components[targets[edge]], block) { redundant[edge] = true }
                }
            }
        }
        return redundant
    }

    /// The components as a graph, without edges inside one.
    private func condensed(_ components: [Int]) -> IndexedGraph {
        var edges: [(from: Int, to: Int)] = []
        edges.reserveCapacity(targets.count)
        for node in 0..<count {
            for target in successors(of: node) where components[target] != components[node] {
                edges.append((components[node], components[target]))
            }
        }
        return IndexedGraph(count: (components.max() ?? -1) + 1, edges: edges)
    }

    /// What each node leads to, some thousand targets at a time: memory grows with the number of
    /// nodes and not with its square. Every edge must lead to a lower number.
    private func reachableBlocks() -> some Sequence<ReachableBlock> {
        stride(from: 0, to: count, by: ReachableBlock.width).lazy.map {
            ReachableBlock(of: self, start: $0)
        }
    }
}

/// Which nodes lead to the ``width`` nodes from ``start`` on, a bit for each pair.
private struct ReachableBlock {
    static let words = 32
    static let width = words * UInt64.bitWidth

    let start: Int
    private let bits: [UInt64]

    /// One node's bits.
    struct Row {
        var words = [UInt64](repeating: 0, count: ReachableBlock.words)

        mutating func formUnion(_ block: ReachableBlock, _ node: Int) {
            guard node >= block.start else { return }
            let first = (node - block.start) * ReachableBlock.words
            for word in 0..<ReachableBlock.words { words[word] |= block.bits[first + word] }
        }

        func contains(_ node: Int, _ block: ReachableBlock) -> Bool {
            let place = node - block.start
            guard place >= 0, place < ReachableBlock.width else { return false }
            return words[place / UInt64.bitWidth] >> UInt64(place % UInt64.bitWidth) & 1 == 1
        }
    }

    /// Goes up from ``start``: what a node leads to is finished before the node. Nodes below lead
    /// to nothing here.
    init(of graph: IndexedGraph, start: Int) {
        let words = Self.words
        var bits = [UInt64](repeating: 0, count: (graph.count - start) * words)
        for node in start..<graph.count {
            let first = (node - start) * words
            for target in graph.successors(of: node) where target >= start {
                let other = (target - start) * words
                for word in 0..<words { bits[first + word] |= bits[other + word] }
                let place = target - start
                guard place < Self.width else { continue }
                bits[first + place / UInt64.bitWidth] |= 1 << UInt64(place % UInt64.bitWidth)
            }
        }
        self.start = start
        self.bits = bits
    }

    /// Calls `body` with each node of the block that `node` leads to, itself not included.
    func forEachReachable(from node: Int, _ body: (Int) -> Void) {
        let first = (node - start) * Self.words
        for word in 0..<Self.words {
            var rest = bits[first + word]
            while rest != 0 {
                body(start + word * UInt64.bitWidth + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
