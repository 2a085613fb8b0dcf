import Glibc
import Synchronization

/// Ways to do on threads of ``BlockingExecutor`` what blocks.
package enum Blocking {
    /// No thread is left for more work.
    package struct NoThread: Error, Sendable, CustomStringConvertible {
        /// Why, as `errno` says it.
        package let code: CInt

        /// For people.
        package var description: String { "cannot start a thread: \(systemMessage(code))" }
    }

    /// Runs `body` and every child task of it on threads that may block. The rest of the task goes on
    /// where it was.
    ///
    /// - Throws: what `body` throws.
    package static func running<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            // A child begins on the preferred executor; what is called directly would begin here.
            async let value = body()
            return try await value
        }
    }

    /// The result of `body`, which runs on a thread that may block, to its end whether or not the task is
    /// cancelled.
    ///
    /// - Throws: what `body` throws; ``NoThread``.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let code = BlockingExecutor.shared.start {
                continuation.resume(with: Result { try body() })
            }
            if code != 0 { continuation.resume(throwing: NoThread(code: code)) }
        }
    }

    /// As ``run(_:)``; but when the task is cancelled, the call returns at once. The thread goes on until
    /// it looks at what it is given, and what it does then is lost.
    ///
    /// - Parameter body: gets a function that says whether nobody waits for it any more.
    /// - Throws: what `body` throws; `CancellationError`; ``NoThread``.
    package static func runAbandonably<Value: Sendable>(
        _ body: @escaping @Sendable (_ isAbandoned: () -> Bool) throws -> Value
    ) async throws -> Value {
        let waiter = Waiter<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.wait(continuation)
                let code = BlockingExecutor.shared.start {
                    waiter.resume(Result { try body { waiter.isDone } })
                }
                if code != 0 { waiter.resume(.failure(NoThread(code: code))) }
            }
        } onCancel: {
            waiter.resume(.failure(CancellationError()))
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
            if isDone { continuation.resume(throwing: CancellationError()) }
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
