import Dispatch
import Glibc
import Synchronization
import SystemSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SharedRunTests {
    private struct Failure: Error {}

    private final class Count: Sendable {
        private let atomic = Atomic(0)

        @discardableResult func increase() -> Int {
            atomic.add(1, ordering: .sequentiallyConsistent).newValue
        }

        var value: Int {
            get { atomic.load(ordering: .sequentiallyConsistent) }
            set { atomic.store(newValue, ordering: .sequentiallyConsistent) }
        }
    }

    @Test func oneAfterTheOtherRunsForEach() throws {
        let shared = SharedRun()
        let count = Count()
        for _ in 1...3 { try shared.run { count.increase() } }
        #expect(count.value == 3)
        #expect(throws: Failure.self) { try shared.run { throw Failure() } }
        try shared.run {}
    }

    /// All who ask while it runs get one more run, and its error.
    @Test(arguments: [false, true]) func whoAsksMeanwhileSharesTheNext(fails: Bool) async throws {
        let shared = SharedRun()
        let runs = Count()
        let asked = Count()
        let errors = Count()
        let gate = DispatchSemaphore(value: 0)
        try await Blocking.running {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    try? shared.run {
                        runs.increase()
                        gate.wait()
                    }
                }
                while runs.value == 0 { usleep(1000) }
                for _ in 1...20 {
                    group.addTask {
                        asked.increase()
                        do {
                            try shared.run {
                                runs.increase()
                                if fails { throw Failure() }
                            }
                        } catch { errors.increase() }
                    }
                }
                while asked.value < 20 { usleep(1000) }
                // They are on their way into the call; one that comes late gets a run of its own.
                usleep(500_000)
                gate.signal()
            }
        }
        #expect(runs.value <= 11)
        #expect(errors.value == (fails ? 20 : 0))
    }

    /// What was written before a call is there when a run for it begins.
    @Test func aRunBeginsAfterTheCall() async throws {
        let shared = SharedRun()
        let written = Count()
        let seen = Count()
        try await Blocking.running {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        for _ in 1...500 {
                            let own = written.increase()
                            try shared.run { seen.value = written.value }
                            #expect(seen.value >= own)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
