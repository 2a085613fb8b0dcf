import Dispatch
import Synchronization

/// Runs what blocks on a thread outside of the few that tasks share.
enum Blocking {
    /// The result of `body`.
    ///
    /// When the task is cancelled, the call returns at once; the thread goes on until it looks at what
    /// it is given, and what it does then is lost.
    ///
    /// - Parameter body: gets a function that says whether anybody waits for it still.
    /// - Throws: what `body` throws; ``RealisationError/interrupted``.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (_ isAbandoned: () -> Bool) throws -> Value
    ) async throws -> Value {
        let waiter = Waiter<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.wait(continuation)
                DispatchQueue.global().async {
                    waiter.resume(Result { try body { waiter.isDone } })
                }
            }
        } onCancel: {
            waiter.resume(.failure(RealisationError.interrupted))
        }
    }

    /// A continuation that is resumed once.
    private final class Waiter<Value: Sendable>: Sendable {
        private struct State {
            var continuation: CheckedContinuation<Value, any Error>?
            var isDone = false
        }

        private let state = Mutex(State())

        var isDone: Bool { state.withLock { $0.isDone } }

        func wait(_ continuation: CheckedContinuation<Value, any Error>) {
            let isDone = state.withLock { state in
                if !state.isDone { state.continuation = continuation }
                return state.isDone
            }
            if isDone { continuation.resume(throwing: RealisationError.interrupted) }
        }

        func resume(_ result: Result<Value, any Error>) {
            let continuation = state.withLock { state in
                state.isDone = true
                return state.continuation.take()
            }
            continuation?.resume(with: result)
        }
    }
}
