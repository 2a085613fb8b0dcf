import Realisation
import StoreModel
import Synchronization
import Testing

/// The order of work, without doing any.
@Suite struct SchedulerTests {
    /// What was run, in the order begun, and how many at once at most.
    private final class Recorder: Sendable {
        struct State {
            var begun: [StorePath] = []
            var ended: Set<StorePath> = []
            var running = 0
            var most = 0
        }
        let state = Mutex(State())
        /// How many run at once before any goes on.
        let together: Int

        init(together: Int = 1) { self.together = together }

        func run(_ step: BuildPlan.Step) async throws {
            state.withLock {
                $0.begun.append(step.path)
                $0.running += 1
                $0.most = max($0.most, $0.running)
                // No step begins before those it needs have ended.
                #expect(step.dependencies.isSubset(of: $0.ended))
            }
            // One that waits for company in vain goes on, and the test says how many there were.
            for _ in 0..<100_000 where state.withLock({ $0.most < together }) { await Task.yield() }
            await Task.yield()
            state.withLock {
                $0.running -= 1
                $0.ended.insert(step.path)
            }
        }

        var begun: [StorePath] { state.withLock { $0.begun } }
    }

    private func run(
        _ plan: BuildPlan, limits: [BuildPlan.Kind: Int] = [:], keepGoing: Bool = false,
        expected: @escaping @Sendable (BuildPlan.Step) -> Double = { _ in 1 },
        failing: Set<StorePath> = [], together: Int = 1
    ) async throws -> (Recorder, RealisationError?) {
        let recorder = Recorder(together: together)
        do {
            try await Scheduler(limits: limits, keepGoing: keepGoing).run(plan, expected: expected)
            { step in
                try await recorder.run(step)
                if failing.contains(step.path) {
                    throw RealisationError.rejected(step.path, reason: "test")
                }
            }
            return (recorder, nil)
        } catch let error as RealisationError { return (recorder, error) }
    }

    @Test func dependenciesComeFirst() async throws {
        var fixture = PlannerFixture()
        let deep = try fixture.add("deep")
        let left = try fixture.add("left", [deep])
        let right = try fixture.add("right", [deep])
        let top = try fixture.add("top", [left, right])
        let (plan, _) = try fixture.plan([.outputs(of: top, [])])
        let (recorder, error) = try await run(plan, limits: [.build: 4])
        #expect(error == nil)
        #expect(recorder.begun.first == deep && recorder.begun.last == top)
        #expect(recorder.begun.count == 4)
    }

    @Test func theLongestChainIsBegunFirst() async throws {
        var fixture = PlannerFixture()
        let alone = try fixture.add("alone")
        let slow = try fixture.add("slow")
        let base = try fixture.add("base")
        let middle = try fixture.add("middle", [base])
        let top = try fixture.add("top", [middle, alone, slow])
        let (plan, _) = try fixture.plan([.outputs(of: top, [])])
        let (one, _) = try await run(plan, limits: [.build: 1])
        #expect(one.begun.first == base)
        // A step that took long before is more urgent than a chain of short ones.
        let (two, _) = try await run(
            plan, limits: [.build: 1], expected: { $0.path == slow ? 100 : 1 })
        #expect(two.begun.first == slow)
    }

    @Test func limitsHoldForEachKind() async throws {
        var fixture = PlannerFixture()
        let builds = try (0..<10).map { try fixture.add("build-\($0)") }
        let (plan, _) = try fixture.plan(builds.map { .outputs(of: $0, []) })
        let (one, _) = try await run(plan, limits: [.build: 1])
        #expect(one.state.withLock { $0.most } == 1)
        let (three, _) = try await run(plan, limits: [.build: 3], together: 3)
        #expect(three.state.withLock { $0.most } == 3)
        #expect(three.begun.count == 10)
    }

    @Test func aFailureStopsTheRest() async throws {
        var fixture = PlannerFixture()
        let bad = try fixture.add("bad")
        let needs = try fixture.add("needs", [bad])
        let others = try (0..<5).map { try fixture.add("other-\($0)") }
        let (plan, _) = try fixture.plan(([needs] + others).map { .outputs(of: $0, []) })
        let (recorder, error) = try await run(plan, limits: [.build: 1], failing: [bad])
        // The chain of two is begun first.
        #expect(recorder.begun == [bad])
        guard case .rejected(bad, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func keepGoingDoesWhatIsPossible() async throws {
        var fixture = PlannerFixture()
        let bad = try fixture.add("bad")
        let needs = try fixture.add("needs", [bad])
        let further = try fixture.add("further", [needs])
        let fine = try fixture.add("fine")
        let (plan, _) = try fixture.plan([further, fine].map { .outputs(of: $0, []) })
        let (recorder, error) = try await run(plan, keepGoing: true, failing: [bad])
        #expect(Set(recorder.begun) == [bad, fine])
        guard case .several(let errors)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(errors.count == 3)
    }

    @Test func stepsWaitForWhatComesFromElsewhere() async throws {
        var fixture = PlannerFixture()
        let free = try fixture.add("free")
        let waiting = try fixture.add("waiting")
        let lost = try fixture.add("lost")
        let above = try fixture.add("above", [lost])
        let (plan, _) = try fixture.plan([free, waiting, above].map { .outputs(of: $0, []) })
        let (come, gone) = (try fixture.add("come"), try fixture.add("gone"))
        for keepGoing in [false, true] {
            let recorder = Recorder()
            let arrivals = Arrivals(neededBy: [waiting: [come], lost: [gone]])
            // What does not come is no failure: another plan is made for it.
            try await Scheduler(limits: [:], keepGoing: keepGoing).run(
                plan, awaiting: arrivals, expected: { _ in 1 }
            ) { step in
                try await recorder.run(step)
                guard step.path == free else { return }
                arrivals.tell(gone, isValid: false)
                arrivals.tell(come, isValid: true)
                arrivals.finish()
            }
            #expect(recorder.begun == [free, waiting])
        }
    }
}
