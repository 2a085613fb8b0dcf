package import LocalStore
import StoreDatabase
package import StoreModel
import Synchronization

/// Gives paths to a cache beside other work, one closure after the other. What cannot be given is told and left:
/// whatever happens to the cache, nobody's build fails for it.
package final class Pusher: Sendable {
    private struct State {
        var waiting: [StorePath] = []
        /// What the cache has, as far as was asked.
        var known: Set<StorePath> = []
        var givenCount = 0
        var failed: [StorePath] = []
        /// How often nothing could be given, one after the other.
        var failures = 0
    }

    /// After so many failures nothing more is tried.
    private static let maximumFailures = 3

    private let store: LocalStore
    private let url: String
    private let makeCopy: @Sendable () throws -> CacheCopy
    private let remark: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>.Continuation
    private let worker = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - url: the cache's, for messages.
    ///   - makeCopy: gives access to the cache for one closure: nobody is kept from it in between.
    ///   - remark: told what could not be given and why.
    package init(
        from store: LocalStore, to url: String,
        _ makeCopy: @escaping @Sendable () throws -> CacheCopy,
        remark: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.url = url
        self.makeCopy = makeCopy
        self.remark = remark
        let (stream, signals) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.signals = signals
        let task = Task { [self] in
            for await _ in stream { await pushAll() }
        }
        worker.withLock { $0 = task }
    }

    /// Has `paths`, which are valid, given with all that they refer to.
    package func add(_ paths: [StorePath]) {
        state.withLock { $0.waiting += paths }
        signals.yield()
    }

    /// Waits until everything was given or left, and tells how it went.
    package func finish() async {
        signals.finish()
        await worker.withLock { $0 }?.value
        await pushAll()
        let (count, failed) = state.withLock { ($0.givenCount, $0.failed) }
        if count > 0 { remark("pushed \(count) \(count == 1 ? "path" : "paths") to '\(url)'") }
        if !failed.isEmpty {
            let paths = failed.map(store.storeDirectory.path(of:)).joined(separator: " ")
            remark("not pushed: \(paths)")
        }
    }

    /// Stops; what was not given is left.
    package func cancel() async {
        signals.finish()
        let task = worker.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    private func pushAll() async {
        while true {
            let paths = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            if paths.isEmpty || Task.isCancelled { return }
            guard await !push(paths), paths.count > 1 else { continue }
            // One that cannot be given is no reason to leave the others.
            for path in paths { _ = await push([path]) }
        }
    }

    /// Gives these paths; returns whether it went well, or nothing more is to be tried.
    private func push(_ paths: [StorePath]) async -> Bool {
        let (known, isGivenUp) = state.withLock {
            ($0.known, $0.failures >= Self.maximumFailures)
        }
        guard !isGivenUp else {
            state.withLock { $0.failed += paths }
            return true
        }
        do {
            let given = try await makeCopy().run(paths, known: known)
            let closure = try store.database.closure(of: paths)
            state.withLock { state in
                state.known.formUnion(closure)
                state.givenCount += given.count
                state.failures = 0
            }
            return true
        } catch is CancellationError {
            return true
        } catch {
            guard paths.count == 1 else { return false }
            let isLast = state.withLock { state in
                state.failed += paths
                state.failures += 1
                return state.failures == Self.maximumFailures
            }
            remark(
                "'\(paths[0])' is not pushed to '\(url)': \(error)"
                    + (isLast ? "; nothing more is pushed there in this run" : ""))
            return false
        }
    }
}
