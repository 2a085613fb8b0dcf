import Dispatch
import Glibc
import Sandbox
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into cancellation, so that everything below stops its builders,
/// removes what is half done and returns.
enum Interruption {
    /// Runs `body`; a signal cancels it. A second SIGINT ends the program at once, as users expect
    /// of a program that does not stop.
    ///
    /// Stopped by SIGTSTP (Ctrl-Z), the builders stop too, and go on together with this process.
    ///
    /// - Parameters:
    ///   - keys: whether what is typed (Ctrl-C and the like) reaches this process; otherwise it is left to
    ///     the program that has the terminal.
    ///   - display: what leaves the terminal in order for the shell.
    static func cancellingOnSignals<Value: Sendable>(
        keys: Bool = true, display: ProgressDisplay? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let work = Task { try await body() }
        let queue = DispatchQueue(label: "signals")
        // `nohup` ignores SIGHUP for us, and means it.
        var numbers = (keys ? [SIGINT] : []) + [SIGTERM] + (isIgnored(SIGHUP) ? [] : [SIGHUP])
        let typed = keys ? [] : [SIGINT, SIGQUIT, SIGTSTP]
        for number in typed { signal(number, SIG_IGN) }
        let (ends, end) = AsyncStream<Void>.makeStream()
        var sources = numbers.map { number in
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
        if keys {
            numbers.append(SIGTSTP)
            signal(SIGTSTP, handlers.withLock { $0[SIGTSTP] } ?? SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: SIGTSTP, queue: queue)
            source.setEventHandler {
                let stop = { RunningBuilds.all.stopped { stopThisProcess() } }
                if let display { display.stepAside(stop) } else { stop() }
            }
            source.setCancelHandler { end.yield() }
            source.resume()
            sources.append(source)
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

    /// What SIGTSTP does to a process that takes no notice of it: it stops, unless no shell is there that
    /// could let it go on.
    private static func stopThisProcess() {
        let handler = signal(SIGTSTP, SIG_DFL)
        var stop = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTSTP)
        unsafe pthread_sigmask(SIG_UNBLOCK, &stop, &before)
        raise(SIGTSTP)
        // Here it goes on after SIGCONT.
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        signal(SIGTSTP, handler)
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
