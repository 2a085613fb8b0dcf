import Glibc

/// A thread of its own for one build: it sleeps in `poll`, which would starve the cooperative pool.
@safe
enum BuildThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SandboxError) {
        let boxed = unsafe Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, boxed.toOpaque())
        guard result == 0 else {
            unsafe boxed.release()
            throw .system(operation: "create a thread", path: nil, errno: result)
        }
        pthread_detach(thread)
    }
}
