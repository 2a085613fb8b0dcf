import SystemSupport

extension Blocking {
    /// As ``runAbandonably(_:)``, where the end of the task is that of the realisation.
    ///
    /// - Parameter body: gets a function that says whether nobody waits for it any more.
    /// - Throws: what `body` throws; ``RealisationError/interrupted``; ``NoThread``.
    static func runInterruptibly<Value: Sendable>(
        _ body: @escaping @Sendable (_ isAbandoned: () -> Bool) throws -> Value
    ) async throws -> Value {
        do { return try await runAbandonably(body) } catch is CancellationError {
            throw RealisationError.interrupted
        }
    }
}
