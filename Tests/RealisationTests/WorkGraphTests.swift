import Realisation
import Synchronization
import TestSupport
import Testing

@Suite struct WorkGraphTests {
    private typealias Graph = WorkGraph<Int, String>

    @Test func whatIsReadyComesByTheLongestChain() {
        var graph = Graph([
            .init(1, "a"), .init(2, "a", weight: 5), .init(3, "a", after: [1], weight: 3),
            .init(4, "a", after: [3], weight: 3),
        ])
        #expect(graph.next(in: "a") == 1)
        #expect(graph.next(in: "a") == 2)
        #expect(graph.next(in: "a") == nil)
        graph.finish(1)
        #expect(graph.next(in: "b") == nil)
        #expect(graph.next(in: "a") == 3)
    }

    @Test func whatIsDoneTogetherStandsInOrder() {
        var graph = Graph([
            .init(1, "a"), .init(2, "a", after: [1]), .init(3, "a", after: [1, 2]),
            .init(4, "b", after: [3]), .init(5, "a", after: [4]),
        ])
        #expect(graph.all(in: "a") == [1, 2, 3])
        #expect(graph.all(in: "a") == [])
        for id in [1, 2, 3] { graph.finish(id) }
        #expect(graph.next(in: "a") == nil)
        #expect(graph.next(in: "b") == 4)
    }

    @Test func aFailureGivesUpWhatNeedsIt() {
        var graph = Graph([
            .init(1, "a"), .init(2, "a"), .init(3, "a", after: [1, 2]),
            .init(4, "a", after: [3]), .init(5, "a", after: [2]),
        ])
        #expect(graph.fail(1) == [3, 4])
        #expect(graph.fail(1) == [])
        graph.finish(2)
        #expect(graph.next(in: "a") == 5)
        #expect(graph.abandoned.map(\.id) == [3, 4])
        #expect(graph.abandoned.map(\.cause) == [1, 1])
    }

    @Test func whatWasDoneOrBegunBeforeIsNotDoneAgain() {
        var graph = Graph(
            [.init(1, "a"), .init(2, "a", after: [1]), .init(3, "a"), .init(4, "a", after: [3])],
            done: [1])
        graph.begin(3)
        #expect(graph.next(in: "a") == 2)
        #expect(graph.next(in: "a") == nil)
        graph.finish(3)
        #expect(graph.next(in: "a") == 4)
        graph.putBack(4, in: "b")
        #expect(graph.next(in: "b") == 4)
    }

    /// Circles, and what needs something that nobody does.
    @Test func whatCannotBeginIsNotDoable() {
        let graph = Graph(
            [
                .init(1, "a", after: [2]), .init(2, "a", after: [1]), .init(3, "a", after: [9]),
                .init(4, "a", after: [5]), .init(5, "a", after: [8]),
            ], done: [8])
        #expect(graph.doable(in: "a") == [5, 4])
    }

    // MARK: What it costs

    /// A number that counts how often it is compared and looked up.
    private struct Counted: Hashable, Comparable, Sendable {
        static let operations = Atomic(0)

        let number: Int

        static func < (left: Self, right: Self) -> Bool {
            operations.wrappingAdd(1, ordering: .relaxed)
            return left.number < right.number
        }

        func hash(into hasher: inout Hasher) {
            Self.operations.wrappingAdd(1, ordering: .relaxed)
            hasher.combine(number)
        }
    }

    /// Comparisons and look-ups for each step of a graph in which so many are ready at once.
    private func cost(width: Int) -> Double {
        var items = (0..<width).map {
            WorkGraph<Counted, Int>.Item(Counted(number: $0), 0)
        }
        items.append(.init(Counted(number: width), 0, after: Set(items.map(\.id))))
        var graph = WorkGraph(items)
        let before = Counted.operations.load(ordering: .relaxed)
        var steps = 0
        while let next = graph.next(in: 0) {
            graph.finish(next)
            steps += 1
        }
        #expect(steps == width + 1)
        return Double(Counted.operations.load(ordering: .relaxed) - before) / Double(steps)
    }

    /// A list that is sorted at each end would cost a hundred times as much.
    @Test func manyReadyStepsCostNoMoreThanFew() {
        let (few, many) = (cost(width: 50), cost(width: 5000))
        #expect(many < 3 * few, "\(few) operations for each step of 50, \(many) for each of 5000")
    }

    // MARK: By chance

    /// Whatever the graph and whoever ends first: all is done, once, after what it needs.
    @Test func everythingIsDoneOnceAndInOrder() {
        var random = TestSeed.generator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &random)
            let items = (0..<count).map { number in
                let needed = (0..<number).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
                return Graph.Item(
                    number, ["a", "b"].randomElement(using: &random) ?? "a", after: Set(needed),
                    weight: Double.random(in: 0...10, using: &random))
            }
            var graph = Graph(items.shuffled(using: &random))
            var running: [Int] = []
            var done: Set<Int> = []
            while done.count < count {
                while let next = graph.next(in: Bool.random(using: &random) ? "a" : "b") {
                    #expect(items[next].dependencies.isSubset(of: done), "\(TestSeed.shown)")
                    running.append(next)
                }
                guard let place = running.indices.randomElement(using: &random) else { continue }
                let ended = running.remove(at: place)
                #expect(done.insert(ended).inserted, "\(TestSeed.shown)")
                graph.finish(ended)
            }
        }
    }
}
