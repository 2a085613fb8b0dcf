import Dispatch
import Glibc
import Synchronization

/// Threads for work that blocks: reading and hashing trees, waiting for disks, locks, servers and child
/// processes. The few threads that Swift's tasks share must not wait, or everything else waits with them.
///
/// There are as many threads as there is work at one time; one that has had nothing to do for a while ends.
/// How much may run at once is for those to decide who start it.
@safe
package final class BlockingExecutor: TaskExecutor {
    /// The threads of this process.
    package static let shared = BlockingExecutor()

    private struct State {
        var work: [@Sendable () -> Void] = []
        /// The threads that wait for work, also those that were woken and have not looked yet.
        var idle = 0
        var threads = 0
    }

    private let state = Mutex(State())
    private let alarm = DispatchSemaphore(value: 0)

    /// How long a thread waits for more.
    private static let patience = DispatchTimeInterval.seconds(10)

    private init() {}

    /// Runs `work` on a thread of its own.
    ///
    /// - Returns: 0, or the error number when there is no thread and none can be made; then `work` does
    ///   not run.
    func start(_ work: @escaping @Sendable () -> Void) -> CInt {
        let needsThread = state.withLock { state in
            state.work.append(work)
            guard state.work.count > state.idle else { return false }
            state.threads += 1
            return true
        }
        guard needsThread else {
            alarm.signal()
            return 0
        }
        let code = makeThread()
        guard code != 0 else { return 0 }
        let isAlone = state.withLock { state in
            state.threads -= 1
            // One that is there will do it when it has done its own.
            guard state.threads == 0 else { return false }
            state.work.removeLast()
            return true
        }
        guard isAlone else { return 0 }
        // Others may have counted on the thread that could not be made.
        while let work = next() { work() }
        return code
    }

    /// Runs a part of a task.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let code = start { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        // Without another thread it runs where it keeps others waiting, which is better than never.
        if code != 0 { globalConcurrentExecutor.enqueue(job) }
    }

    private func makeThread() -> CInt {
        let executor = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<BlockingExecutor>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, executor.toOpaque())
        if code == 0 { pthread_detach(thread) } else { unsafe executor.release() }
        return code
    }

    /// What a thread does: all the work there is, until there has been none for a while.
    private func serve() {
        while true {
            while let work = next() { work() }
            state.withLock { $0.idle += 1 }
            let result = alarm.wait(timeout: .now() + Self.patience)
            let isOver = state.withLock { state in
                state.idle -= 1
                guard result == .timedOut, state.work.isEmpty else { return false }
                state.threads -= 1
                return true
            }
            if isOver { return }
        }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { $0.work.isEmpty ? nil : $0.work.removeFirst() }
    }
}
