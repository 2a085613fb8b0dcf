import StoreModel
import TestSupport
import Testing

/// What graphs in memory answer, beside definitions that are slow and plain.
@Suite struct IndexedGraphTests {
    /// Which nodes each leads to by one edge or more, found by following every edge from each.
    private func descendants(_ graph: IndexedGraph) -> [Set<Int>] {
        (0..<graph.count).map { start in
            var found: Set<Int> = []
            var stack = Array(graph.successors(of: start))
            while let node = stack.popLast() {
                if found.insert(node).inserted { stack += graph.successors(of: node) }
            }
            return found
        }
    }

    /// A graph with edges to lower numbers only, and no edge twice.
    private func acyclic(_ count: Int, _ random: inout SplitMix64) -> IndexedGraph {
        var edges: [(from: Int, to: Int)] = []
        for node in 1..<count {
            for target in Set(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    Int.random(in: 0..<node, using: &random)
                })
            { edges.append((node, target)) }
        }
        return IndexedGraph(count: count, edges: edges)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func reductionLeavesOutWhatIsLedToAnyhow(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let graph = acyclic(60, &random)
        let below = descendants(graph)
        let redundant = graph.redundantEdges()
        for node in 0..<graph.count {
            for edge in graph.edges(of: node) {
                let target = graph.targets[edge]
                let another = graph.successors(of: node).contains {
                    $0 != target && below[$0].contains(target)
                }
                #expect(redundant[edge] == another, "seed \(seed): \(node) → \(target)")
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func closuresAndComponentsWithCycles(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let count = 40
        let edges = (0..<70).map { _ in
            (
                from: Int.random(in: 0..<count, using: &random),
                to: Int.random(in: 0..<count, using: &random)
            )
        }
        let graph = IndexedGraph(count: count, edges: edges)
        let below = descendants(graph)
        let weights = (0..<count).map { _ in UInt64.random(in: 0..<1000, using: &random) }
        let sums = graph.closureWeights(weights)
        let components = graph.components()
        for node in 0..<count {
            let closure = below[node].union([node])
            #expect(sums[node] == closure.reduce(0) { $0 + weights[$1] }, "seed \(seed): \(node)")
            for other in 0..<count {
                let isMutual =
                    node == other || (below[node].contains(other) && below[other].contains(node))
                #expect((components[node] == components[other]) == isMutual, "seed \(seed)")
                if below[node].contains(other), !isMutual {
                    #expect(components[node] > components[other], "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>) func shortestWays(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let graph = acyclic(80, &random)
        let distances = graph.distances(from: [79])
        for end in 0..<graph.count {
            let path = graph.shortestPath(from: 79, to: end)
            #expect(path.map { $0.count - 1 } == distances[end], "seed \(seed): \(end)")
            for (from, target) in zip(path ?? [], (path ?? []).dropFirst()) {
                #expect(graph.successors(of: from).contains(target))
            }
        }
    }

    /// Long and wide enough for several blocks of reachability, and too deep for recursion.
    @Test func aLongChainWithShortcuts() {
        let count = 20_000
        let chain = (1..<count).map { (from: $0, to: $0 - 1) }
        let shortcuts = stride(from: 5000, to: count, by: 997).map { (from: $0, to: $0 - 4500) }
        let graph = IndexedGraph(count: count, edges: chain + shortcuts)
        let redundant = graph.redundantEdges()
        #expect(redundant.count { $0 } == shortcuts.count)
        for shortcut in shortcuts {
            #expect(graph.edges(of: shortcut.from).contains { redundant[$0] })
        }
        let sums = graph.closureWeights([UInt64](repeating: 1, count: count))
        #expect(sums == (1...count).map { UInt64($0) })
        #expect(graph.shortestPath(from: 5000, to: 0)?.count == 502)
    }

    @Test func nothing() {
        let graph = IndexedGraph(count: 0, edges: [])
        #expect(graph.redundantEdges().isEmpty)
        #expect(graph.closureWeights([]).isEmpty)
        #expect(graph.components().isEmpty)
    }
}
