import Primitives
import Realisation
import RealisationSupport
import StoreCommands
import StoreModel
import Testing

/// A plan as a sentence for people.
@Suite struct PlanSummaryTests {
    @Test func aPlanIsASentence() throws {
        var fixture = PlannerFixture()
        let first = try fixture.add("first", [fixture.add("source", size: 2_500_000)])
        let second = try fixture.add("second", [first])
        let plan = try fixture.plan([.outputs(of: second, [])]).plan
        #expect(
            PlanSummary(plan, expected: [:], jobs: 1).line
                == "to do: 2 builds, 1 fetch (2.5 MB)")
        #expect(
            PlanSummary(plan, expected: [first: 10, second: 80], jobs: 1).line
                == "to do: 2 builds, 1 fetch (2.5 MB); about 1m30s")
        #expect(PlanSummary.title(first) == "first")
    }

    @Test(arguments: [
        (0.0, "0.0s"), (0.44, "0.4s"), (9.96, "10s"), (59.4, "59s"), (60, "1m00s"),
        (59.7, "1m00s"), (3599.8, "1h00m"), (3725, "1h02m"),
    ]) func durationsAreForPeople(seconds: Double, text: String) {
        #expect(PlanSummary.duration(seconds) == text)
    }
}
