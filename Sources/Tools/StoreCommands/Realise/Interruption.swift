import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into cancellation, so that everything below stops its builders,
/// removes what is half done and returns.
enum Interruption {
    /// Runs `body`; a signal cancels it. A second SIGINT ends the program at once, as users expect
    /// of a program that does not stop.
    ///
    /// - Parameter keys: whether what is typed (Ctrl-C and the like) cancels; otherwise it is left
    ///   to the program that has the terminal.
    static func cancellingOnSignals<Value: Sendable>(
        keys: Bool = true, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let work = Task { try await body() }
        let queue = DispatchQueue(label: "signals")
        // `nohup` ignores SIGHUP for us, and means it.
        let numbers = (keys ? [SIGINT] : []) + [SIGTERM] + (isIgnored(SIGHUP) ? [] : [SIGHUP])
        let typed = keys ? [] : [SIGINT, SIGQUIT, SIGTSTP]
        for number in typed { signal(number, SIG_IGN) }
        let (ends, end) = AsyncStream<Void>.makeStream()
        let sources = numbers.map { number in
            signal(number, handlers.withLock { $0[number] } ?? SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if work.isCancelled, number == SIGINT { _exit(130) }
                work.cancel()
            }
            source.setCancelHandler { end.yield() }
            source.resume()
            return source
        }
        let result = await work.result
        for source in sources { source.cancel() }
        // The next call's must not share what is going away.
        var gone = ends.makeAsyncIterator()
        for _ in sources { await gone.next() }
        for number in typed { signal(number, SIG_DFL) }
        for number in numbers { handlers.withLock { $0[number] = signal(number, SIG_DFL) } }
        return try result.get()
    }

    /// Dispatch's own handlers of signals: it sets one with the first source of a signal only, and
    /// a later source finds nothing where the signal is ignored.
    private static let handlers = Mutex<[Int32: sighandler_t]>([:])

    private static func isIgnored(_ number: Int32) -> Bool {
        let previous = signal(number, SIG_IGN)
        signal(number, previous)
        // Functions cannot be compared: SIG_IGN is the address 1.
        return previous.map { unsafe unsafeBitCast($0, to: Int.self) == 1 } ?? false
    }
}
