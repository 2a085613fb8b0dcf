import StoreModel
import TestSupport
import Testing

/// Paths in graphs, compared with all paths tried one by one.
@Suite struct DirectedGraphTests {
    /// All simple paths from `start` to `end`.
    private func paths(_ edges: [Int: Set<Int>], _ start: Int, _ end: Int) -> [[Int]] {
        var found: [[Int]] = []
        var stack = [[start]]
        while let path = stack.popLast() {
            guard let last = path.last else { continue }
            if last == end {
                found.append(path)
                continue
            }
            for next in edges[last, default: []] where !path.contains(next) {
                stack.append(path + [next])
            }
        }
        return found
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func pathsAreThoseOfTheNaiveWay(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var edges: [Int: Set<Int>] = [:]
        var graph = DirectedGraph<Int>()
        for node in (0..<12).shuffled(using: &random) { graph.insert(node) }
        for _ in 0..<20 {
            let (from, to) = (
                Int.random(in: 0..<12, using: &random), Int.random(in: 0..<12, using: &random)
            )
            if edges[from, default: []].insert(to).inserted { graph.insert(edge: from, to: to) }
        }
        for start in 0..<12 {
            for end in 0..<12 {
                let all = paths(edges, start, end)
                let least = all.min {
                    ($0.count, $0.description) < ($1.count, $1.description)
                }
                let path = graph.shortestPath(from: start, to: end)
                #expect(path?.count == least?.count, "\(start) → \(end)")
                if let path { #expect(all.contains(path)) }
                #expect(
                    graph.nodes(between: start, and: end).isEmpty == all.isEmpty)
                #expect(Set(all.joined()).isSubset(of: graph.nodes(between: start, and: end)))
            }
        }
    }

    /// A node dominates another when without it nothing leads there.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func dominatorsAreWhatCannotBeAvoided(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        var edges: [Int: Set<Int>] = [:]
        for _ in 0..<34 {
            let from = Int.random(in: 0..<20, using: &random)
            edges[from, default: []].insert(Int.random(in: 0..<20, using: &random))
        }
        func graph(without missing: Int?) -> DirectedGraph<Int> {
            var graph = DirectedGraph<Int>()
            for node in 0..<20 where node != missing { graph.insert(node) }
            for (from, targets) in edges where from != missing {
                for target in targets where target != missing {
                    graph.insert(edge: from, to: target)
                }
            }
            return graph
        }
        for roots in [[0], [3, 7], [1, 2, 1]] {
            let whole = graph(without: nil)
            let reached = Set(whole.closure(of: roots))
            let tree = whole.dominators(from: roots)
            #expect(Set(tree.map(\.node)) == reached && tree.count == reached.count)
            var above: [Int: Set<Int>] = [:]
            for (node, dominator) in tree {
                // Dominators come first, so theirs are known.
                above[node] = dominator.map { above[$0, default: []].union([$0]) } ?? []
            }
            for node in reached {
                let needed = reached.filter { other in
                    other != node
                        && !graph(without: other).closure(of: roots).contains(node)
                }
                #expect(above[node] == needed, "seed \(seed), roots \(roots), node \(node)")
            }
        }
    }

    @Test func whatIsNotThereHasNoPaths() {
        var graph = DirectedGraph<String>()
        graph.insert(edge: "a", to: "b")
        #expect(graph.shortestPath(from: "a", to: "c") == nil)
        #expect(graph.nodes(between: "c", and: "a").isEmpty)
        #expect(graph.shortestPath(from: "a", to: "a") == ["a"])
    }
}
