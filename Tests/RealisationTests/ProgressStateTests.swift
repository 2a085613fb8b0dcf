import Primitives
import Realisation
import RealisationSupport
import StoreModel
import Testing

/// What the display knows, from events alone.
@Suite struct ProgressStateTests {
    private let plan: BuildPlan
    private let fetch: StorePath
    private let first: StorePath
    private let second: StorePath

    init() throws {
        var fixture = PlannerFixture()
        fetch = try fixture.add("source", size: 2_500_000)
        first = try fixture.add("first", [fetch])
        second = try fixture.add("second", [first])
        plan = try fixture.plan([.outputs(of: second, [])]).plan
    }

    @Test func countsAndBytesFollowTheEvents() {
        var state = ProgressState()
        state.apply(.planned(plan, expected: [:]), at: 0)
        #expect(state.planned == [.build: 2, .fetch: 1])
        #expect(state.fetchBytes == 2_500_000)
        state.apply(.started(fetch, .fetch), at: 1)
        state.apply(.progress(fetch, done: 1_000_000, total: 2_500_000), at: 2)
        #expect(state.bytesSoFar == 1_000_000)
        state.apply(.finished(fetch, seconds: 2), at: 3)
        #expect(state.bytesSoFar == 2_500_000)
        #expect(state.finished == [.fetch: 1])
        #expect(state.running.isEmpty)
        state.apply(.started(first, .build), at: 3)
        state.apply(.log(first, Array("\u{1b}[31mred\u{1b}[0m\ttext".utf8)), at: 4)
        #expect(state.running.map(\.lastLine) == ["red text"])
        state.apply(.failed(first, .rejected(first, reason: "test")), at: 5)
        #expect(state.failures == 1)
        #expect(state.finished[.build] == nil)
    }

    @Test func aStepThatWaitsIsShownOnce() {
        var state = ProgressState()
        state.apply(.planned(plan, expected: [:]), at: 0)
        state.apply(.waiting(first), at: 1)
        #expect(state.running.map(\.isWaiting) == [true])
        state.apply(.started(first, .build), at: 5)
        #expect(state.running.map(\.isWaiting) == [false])
        #expect(state.running.map(\.since) == [5])
        state.apply(.waiting(second), at: 6)
        state.apply(.alreadyValid(second), at: 7)
        #expect(state.running.map(\.path) == [first])
        #expect(state.finished == [.build: 1])
    }

    @Test func timeLeftIsJudgedFromWhatIsKnown() throws {
        var state = ProgressState()
        state.apply(.planned(plan, expected: [:]), at: 0)
        #expect(state.timeLeft(at: 0, jobs: 2) == nil)
        state = ProgressState()
        state.apply(.planned(plan, expected: [first: 10]), at: 0)
        var left = try #require(state.timeLeft(at: 0, jobs: 2))
        #expect(left.seconds == 10 && left.isLowerBound)
        state = ProgressState()
        state.apply(.planned(plan, expected: [first: 10, second: 30]), at: 0)
        left = try #require(state.timeLeft(at: 0, jobs: 1))
        #expect(left.seconds == 40 && !left.isLowerBound)
        // The second waits for the first, whatever may run beside it.
        left = try #require(state.timeLeft(at: 0, jobs: 2))
        #expect(left.seconds == 40)
        state.apply(.started(first, .build), at: 0)
        left = try #require(state.timeLeft(at: 4, jobs: 1))
        #expect(left.seconds == 36)
        // Later than it took before: it may end any moment.
        left = try #require(state.timeLeft(at: 50, jobs: 1))
        #expect(left.seconds == 30)
    }

    @Test(arguments: [
        ("plain", "plain"), ("\u{1b}[2Jcleared", "cleared"), ("\u{1b}]0;title\u{7}text", "text"),
        ("\u{1b}]0;title\u{1b}\\text", "text"), ("\u{1b}(Btext\u{1b}7", "text"),
        ("bell\u{7}\u{8}", "bell"), ("\u{9b}31mC1", "31mC1"), ("", ""),
    ]) func aBuildersLineCannotSteerTheTerminal(line: String, shown: String) {
        #expect(ProgressState.printable(Array(line.utf8)) == shown)
    }
}
