import Primitives
import Realisation
import RealisationSupport
import StoreModel
import Testing

@Suite struct PlannerTests {
    /// What a collector must not take between planning and the last step.
    @Test func aPlanNeedsWhatItsStepsReadAndMake() throws {
        var fixture = PlannerFixture()
        let source = try fixture.add("source")
        let library = try fixture.add("library", [source])
        let goal = try fixture.add("goal", [library])
        let other = try fixture.add("other")
        fixture.valid.insert(try fixture.output(library))
        let plan = try fixture.plan([.outputs(of: goal, []), .path(fixture.output(library))]).plan
        #expect(plan.order == [goal])
        let needed = try plan.neededPaths { try #require(fixture.derivations[$0]) }
        #expect(
            needed == [goal, try fixture.output(goal), try fixture.output(library)])
        #expect(!needed.contains(try fixture.output(other)))
    }

    @Test func aValidGoalIsNotLookedBehind() throws {
        var fixture = PlannerFixture()
        let source = try fixture.add("source")
        let goal = try fixture.add("goal", [source])
        fixture.valid.insert(try fixture.output(goal))
        let (plan, reads) = try fixture.plan([.outputs(of: goal, [])])
        #expect(plan.isEmpty)
        #expect(reads == 1)
        #expect(plan.goals.first?.outputs == ["out": try fixture.output(goal)])
    }

    @Test func onlyWhatIsMissingIsPlannedDependenciesFirst() throws {
        var fixture = PlannerFixture()
        let deep = try fixture.add("deep")
        let left = try fixture.add("left", [deep])
        let right = try fixture.add("right", [deep])
        let top = try fixture.add("top", [left, right])
        fixture.valid.insert(try fixture.output(left))
        let (plan, _) = try fixture.plan([.outputs(of: top, [])])
        #expect(plan.order == [deep, right, top])
        #expect(plan.steps[top]?.dependencies == [right])
        #expect(plan.steps[right]?.dependencies == [deep])
    }

    @Test func fetchesAreCountedWithTheirSizes() throws {
        var fixture = PlannerFixture()
        let one = try fixture.add("one", size: 1000)
        let two = try fixture.add("two", size: 234)
        let top = try fixture.add("top", [one, two])
        let (plan, _) = try fixture.plan([.outputs(of: top, [])])
        #expect(plan.count(.fetch) == 2)
        #expect(plan.count(.build) == 1)
        #expect(plan.fetchBytes == 1234)
    }

    @Test func aDeepChainNeedsNoDeepStack() throws {
        var fixture = PlannerFixture()
        var last = try fixture.add("n0")
        for number in 1..<20_000 { last = try fixture.add("n\(number)", [last]) }
        #expect(try fixture.plan([.outputs(of: last, [])]).plan.order.count == 20_000)
    }

    @Test func unknownOutputsAndPathsAreNamed() throws {
        var fixture = PlannerFixture()
        let goal = try fixture.add("goal")
        #expect(throws: RealisationError.self) { try fixture.plan([.outputs(of: goal, ["lib"])]) }
        let absent = try fixture.output(goal)
        #expect(throws: RealisationError.self) { try fixture.plan([.path(absent)]) }
        fixture.valid.remove(goal)
        #expect(throws: RealisationError.self) { try fixture.plan([.outputs(of: goal, [])]) }
    }
}
