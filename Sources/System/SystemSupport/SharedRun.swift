import Dispatch
import Synchronization

/// An action that several threads ask for and that need not be done for each: such as waiting until everything
/// written so far is on disk. Whoever asks while it runs shares the next run with all others who do.
package final class SharedRun: Sendable {
    /// Those who wait for one run. The first of them does it.
    private final class Batch: Sendable {
        let turn = DispatchSemaphore(value: 0)
        let end = DispatchSemaphore(value: 0)
        let state = Mutex((followers: 0, error: (any Error)?.none))
    }

    private let state = Mutex((isRunning: false, next: Batch?.none))

    /// Nothing runs yet.
    package init() {}

    /// Returns after a run of `body`, by this thread or another, that began after this call.
    ///
    /// - Throws: what that run threw.
    package func run(_ body: () throws -> Void) throws {
        let (batch, isFirst) = state.withLock { state -> (Batch?, Bool) in
            guard state.isRunning else {
                state.isRunning = true
                return (nil, true)
            }
            if let batch = state.next {
                batch.state.withLock { $0.followers += 1 }
                return (batch, false)
            }
            let batch = Batch()
            state.next = batch
            return (batch, true)
        }
        guard isFirst else {
            batch?.end.wait()
            if let error = batch?.state.withLock({ $0.error }) { throw error }
            return
        }
        if let batch {
            batch.turn.wait()
            // From now on, who asks has written something that this run may miss.
            state.withLock { $0.next = nil }
        }
        let result = Result { try body() }
        if let batch {
            let followers = batch.state.withLock { state in
                if case .failure(let error) = result { state.error = error }
                return state.followers
            }
            for _ in 0..<followers { batch.end.signal() }
        }
        let next = state.withLock { state in
            if state.next == nil { state.isRunning = false }
            return state.next
        }
        next?.turn.signal()
        try result.get()
    }
}
