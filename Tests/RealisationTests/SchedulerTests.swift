import Primitives
import Realisation
import StoreModel
import Synchronization
import TestSupport
import Testing

/// The order of work, without doing any.
@Suite(.timeLimit(.minutes(10))) struct SchedulerTests {
    private typealias Item = Work.Graph.Item

    /// Does nothing, and writes down what was begun and how much ran at once at most.
    private final class Crew: WorkCrew {
        struct State {
            var begun: [Work] = []
            var ended: Set<Work> = []
            var batches: [[StorePath]] = []
            var givenUp: [StorePath] = []
            var running: [WorkKind: Int] = [:]
            var most: [WorkKind: Int] = [:]
            var plans: [[Item]] = []
        }

        let state: Mutex<State>
        /// So many of a kind must run at once before any goes on.
        let together: [WorkKind: Int]
        let failing: Set<Work>
        let lost: Set<Work>
        private let needs: [Work: Set<Work>]

        init(
            _ items: [Item], together: [WorkKind: Int] = [:], failing: Set<Work> = [],
            lost: Set<Work> = [], plans: [[Item]] = []
        ) {
            self.together = together
            self.failing = failing
            self.lost = lost
            state = Mutex(State(plans: plans))
            needs = ([items] + plans).joined().reduce(into: [:]) { needs, item in
                needs[item.id] = item.dependencies
            }
        }

        func perform(_ work: Work, as kind: WorkKind) async throws -> WorkEnding {
            state.withLock { state in
                state.begun.append(work)
                state.running[kind, default: 0] += 1
                state.most[kind] = max(
                    state.most[kind, default: 0], state.running[kind, default: 0])
                // Nothing begins before what it needs has ended.
                #expect(needs[work, default: []].isSubset(of: state.ended), "\(work)")
            }
            // What waits for company in vain goes on, and the test says how many there were.
            var patience = 100_000
            while patience > 0,
                state.withLock({ $0.most[kind, default: 0] < together[kind, default: 1] })
            {
                await Task.yield()
                patience -= 1
            }
            await Task.yield()
            state.withLock { $0.running[kind, default: 1] -= 1 }
            if failing.contains(work) {
                throw RealisationError.rejected(work.path, reason: "test")
            }
            if lost.contains(work) { return .lost }
            // A step that was to be taken is built in the end.
            if kind == .substitution, case .step = work { return .repeated(.build) }
            state.withLock { _ = $0.ended.insert(work) }
            return .done
        }

        func register(_ paths: [StorePath]) async throws -> RegistrationReport {
            var report = RegistrationReport()
            report.valid = Set(paths)
            state.withLock { state in
                state.batches.append(paths)
                for path in paths { state.ended.insert(.registration(path)) }
            }
            return report
        }

        func drop(_ path: StorePath) {}

        func giveUp(_ path: StorePath) { state.withLock { $0.givenUp.append(path) } }

        func replan() async throws -> [Item]? {
            state.withLock { $0.plans.isEmpty ? nil : $0.plans.removeFirst() }
        }

        var begun: [Work] { state.withLock { $0.begun } }
        func most(_ kind: WorkKind) -> Int { state.withLock { $0.most[kind, default: 0] } }
    }

    private static func path(_ name: String) throws -> StorePath {
        try StorePath(hash: Digest.hash(name).folded(to: 20), name: name)
    }

    private func step(
        _ name: String, _ needs: [Work] = [], _ kind: WorkKind = .build, weight: Double = 1
    ) throws -> Item {
        try Item(.step(Self.path(name)), kind, after: Set(needs), weight: weight)
    }

    /// A path that is taken: its download and its registration.
    private func taken(_ name: String, _ references: [Item] = []) throws -> [Item] {
        let path = try Self.path(name)
        return [
            Item(.download(path), .substitution),
            Item(
                .registration(path), .registration,
                after: Set(references.map(\.id)).union([.download(path)])),
        ]
    }

    private func run(
        _ items: [Item], _ crew: Crew, limits: [WorkKind: Int] = [:], keepGoing: Bool = false
    ) async throws -> RealisationError? {
        do {
            try await Scheduler(limits: limits, keepGoing: keepGoing).run(items, by: crew)
            return nil
        } catch let error as RealisationError { return error }
    }

    @Test func theLongestChainIsBegunFirst() async throws {
        let base = try step("base")
        let middle = try step("middle", [base.id])
        for (slow, first) in [(1.0, "base"), (100.0, "slow")] {
            let alone = [try step("alone"), try step("slow", weight: slow)]
            let top = try step("top", [middle.id] + alone.map(\.id))
            let items = [base, middle] + alone + [top]
            let crew = Crew(items)
            #expect(try await run(items, crew) == nil)
            #expect(crew.begun.first?.path.name == first)
            #expect(crew.begun.last == top.id && crew.begun.count == 5)
        }
    }

    /// As much at once as is allowed, and no more: for each kind.
    @Test func limitsAreUsedAndHold() async throws {
        var items: [Item] = []
        for number in 0..<10 {
            items.append(try step("build-\(number)"))
            items.append(try step("fetch-\(number)", [], .fetch))
            items += try taken("taken-\(number)")
        }
        let limits: [WorkKind: Int] = [.build: 3, .fetch: 4, .substitution: 2]
        let crew = Crew(items, together: limits)
        #expect(try await run(items, crew, limits: limits) == nil)
        for (kind, limit) in limits { #expect(crew.most(kind) == limit, "\(kind)") }
        #expect(crew.begun.count == 30)
        let lone = Crew(items)
        #expect(try await run(items, lone) == nil)
        #expect(lone.most(.build) == 1)
    }

    /// Graphs and ends by chance; `perform` looks whether what is needed has ended.
    @Test func everythingIsDoneOnceAndInOrder() async throws {
        var random = TestSeed.generator()
        for _ in 0..<20 {
            var items: [Item] = []
            var ends: [Item] = []
            for number in 0..<40 {
                let needed = ends.filter { _ in Int.random(in: 0..<8, using: &random) == 0 }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    let some = try taken(
                        "taken-\(number)",
                        needed.filter { if case .registration = $0.id { true } else { false } })
                    items += some
                    ends.append(some[1])
                } else {
                    let kind =
                        [WorkKind.build, .fetch, .unpack, .substitution]
                        .randomElement(using: &random) ?? .build
                    let one = try step("step-\(number)", needed.map(\.id), kind)
                    items.append(one)
                    ends.append(one)
                }
            }
            let crew = Crew(items)
            let limit = Int.random(in: 1...5, using: &random)
            let limits = Dictionary(uniqueKeysWithValues: WorkKind.allCases.map { ($0, limit) })
            #expect(try await run(items, crew, limits: limits) == nil)
            let state = crew.state.withLock { $0 }
            #expect(state.ended == Set(items.map(\.id)), "\(TestSeed.shown)")
            #expect(state.batches.joined().count == Set(state.batches.joined()).count)
        }
    }

    /// As many steps as a distribution has, and nearly all may begin at once.
    @Test func aPlanOfThousandsIsDone() async throws {
        let steps = try (0..<5000).map { try step("\($0)", [], $0 % 2 == 0 ? .build : .fetch) }
        let items = steps + [try step("top", steps.map(\.id))]
        let crew = Crew(items)
        #expect(try await run(items, crew, limits: [.build: 8, .fetch: 8]) == nil)
        #expect(crew.begun.count == 5001 && crew.begun.last == items.last?.id)
    }

    @Test func aFailureStopsTheRest() async throws {
        let bad = try step("bad")
        let items = [bad, try step("needs", [bad.id])] + (try (0..<5).map { try step("\($0)") })
        let crew = Crew(items, failing: [bad.id])
        let error = try await run(items, crew)
        // The chain of two is begun first.
        #expect(crew.begun == [bad.id])
        guard case .rejected(bad.id.path, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func keepGoingDoesWhatIsPossible() async throws {
        let bad = try step("bad")
        let needs = try step("needs", [bad.id])
        let items = [bad, needs, try step("further", [needs.id]), try step("fine")]
        let crew = Crew(items, failing: [bad.id])
        let error = try await run(items, crew, keepGoing: true)
        #expect(Set(crew.begun.map(\.path.name)) == ["bad", "fine"])
        guard case .several(let errors)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(errors.count == 3)
    }

    // MARK: What caches give

    @Test func whatIsTakenIsMadeValidTogetherAndInOrder() async throws {
        let one = try taken("one")
        let two = try taken("two", [one[1]])
        let three = try taken("three", [one[1], two[1]])
        let items = one + two + three + [try step("top", [three[1].id])]
        let crew = Crew(items)
        #expect(try await run(items, crew) == nil)
        let batches = crew.state.withLock { $0.batches }
        #expect(batches.joined().map(\.name) == ["one", "two", "three"])
        #expect(crew.begun.last == items.last?.id)
    }

    /// What no cache gives is built in the same run: the graph becomes that of another plan, nothing is
    /// done twice, and what runs goes on.
    @Test func whatIsLostIsBuiltInTheSameRun() async throws {
        let gone = try taken("gone")
        let refers = try taken("refers", [gone[1]])
        let fine = try taken("fine")
        let early = try step("early", [fine[1].id])
        let top = try step("top", [refers[1].id, early.id])
        let builds = [try step("build-gone"), try step("build-refers", [], .substitution)]
        let after = try step("top", builds.map(\.id) + [early.id])
        for keepGoing in [false, true] {
            let items = gone + refers + fine + [early, top]
            let crew = Crew(
                items, lost: [gone[0].id], plans: [fine + [early] + builds + [after]])
            #expect(try await run(items, crew, keepGoing: keepGoing) == nil)
            let begun = crew.begun.map(\.path.name)
            #expect(begun.last == "top")
            // The one that was to be taken first is begun twice: then it is built.
            #expect(begun.filter { $0 == "build-refers" }.count == 2)
            for name in ["gone", "fine", "early", "build-gone", "top"] {
                #expect(begun.filter { $0 == name }.count == 1, "\(name): \(begun)")
            }
            #expect(crew.state.withLock { $0.givenUp.map(\.name) } == ["refers"])
        }
    }

    /// A plan that was made before something else was lost is not the last.
    @Test func plansAreMadeUntilNothingIsLost() async throws {
        let (one, two) = (try taken("one"), try taken("two"))
        let top = try step("top", [one[1].id, two[1].id])
        let builds = [try step("build-one"), try step("build-two")]
        let items = one + two + [top]
        let crew = Crew(
            items, lost: [one[0].id, two[0].id],
            plans: [
                [builds[0]] + two + [try step("top", [builds[0].id, two[1].id])],
                builds + [try step("top", builds.map(\.id))],
            ])
        #expect(try await run(items, crew) == nil)
        #expect(
            Set(crew.begun.map(\.path.name)) == ["one", "two", "build-one", "build-two", "top"])
        #expect(crew.begun.count == 5)
    }
}
