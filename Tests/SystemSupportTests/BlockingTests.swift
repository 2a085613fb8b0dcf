import Glibc
import Synchronization
import SystemSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BlockingTests {
    /// More than any machine's pool of tasks has threads for.
    private static let crowd = 8 * max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Whoever comes blocks its thread until all have come: fewer threads than visitors never get out.
    private final class Meeting: Sendable {
        private let count = Atomic(0)

        func attend() {
            count.wrappingAdd(1, ordering: .relaxed)
            while count.load(ordering: .relaxed) < BlockingTests.crowd { usleep(1000) }
        }

        var size: Int { count.load(ordering: .relaxed) }
    }

    @Test func whatBlocksHasAThreadOfItsOwn() async throws {
        let meeting = Meeting()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.crowd {
                group.addTask { try await Blocking.run { meeting.attend() } }
            }
            try await group.waitForAll()
        }
        #expect(meeting.size == Self.crowd)
    }

    /// Tasks as a whole: before and after they were suspended.
    @Test func tasksMayBlockToo() async throws {
        let (before, after) = (Meeting(), Meeting())
        try await Blocking.running {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.crowd {
                    group.addTask {
                        before.attend()
                        try await Task.sleep(for: .milliseconds(1))
                        after.attend()
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(before.size == Self.crowd && after.size == Self.crowd)
    }

    @Test func threadsAreUsedAgain() async throws {
        let threads = Mutex<Set<pthread_t>>([])
        for _ in 0..<1000 {
            try await Blocking.run { threads.withLock { _ = $0.insert(pthread_self()) } }
        }
        // As a rule one; other tests of this process have some of them meanwhile.
        #expect(threads.withLock { $0.count } < 500)
    }

    @Test func whoIsCancelledDoesNotWait() async throws {
        let isLeft = Atomic(false)
        let task = Task {
            try await Blocking.runAbandonably { isAbandoned in
                while !isAbandoned() { usleep(1000) }
                isLeft.store(true, ordering: .relaxed)
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        while !isLeft.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func errorsPass() async throws {
        struct Mishap: Error {}
        await #expect(throws: Mishap.self) { try await Blocking.run { throw Mishap() } }
        await #expect(throws: Mishap.self) { try await Blocking.running { throw Mishap() } }
    }
}
