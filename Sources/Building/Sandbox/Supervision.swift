import CKernel
import Glibc
import Primitives

/// A running build as its thread sees it: delivers the log, watches the clocks, stops it.
///
/// All of the build's processes are in a namespace of which process 1 (`nodeos_process_1`) is ours. It ends when
/// the builder has ended or the lifeline is closed, and the kernel ends all others with it. So the build dies
/// with this process whatever kills it, and whichever thread started it.
struct Supervision: ~Copyable {
    /// What became of the build.
    struct End {
        /// What process 1 said; `nil` when it was killed.
        let report: nodeos_build_report?
        /// The wait status of process 1.
        let status: Int32
        /// What all processes used.
        let usage: rusage
        /// Why the build was stopped, if it was.
        let stopped: BuildOutcome.Ending?
        let logBytes: UInt64
    }

    private let limits: BuildRequest.Limits
    private let process: pid_t
    private let hasLog: Bool
    /// The log's reading end, until it ends.
    private var log: Int32?
    private let report: Int32
    private let lifeline: Int32
    private var descriptors: Descriptors
    private var stopped: BuildOutcome.Ending?
    private var logError: (any Error)?
    private var logBytes: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Starts a build by its plan.
    ///
    /// - Parameters:
    ///   - view: what it sees as its store directory.
    ///   - inputCount: the number of inputs there.
    ///   - isLogged: whether the builder has empty input and a log; else it has the caller's terminal.
    ///   - members: the `cgroup.procs` of the control group that it is put into.
    init(
        _ plan: [UInt8], in view: StoreView, inputCount: Int, isLogged: Bool, members: Int32?,
        ownNetwork: Bool, limits: BuildRequest.Limits
    ) throws(SandboxError) {
        var open = Descriptors()
        let log = isLogged ? try open.pipe() : nil
        let report = try open.pipe()
        let lifeline = try open.pipe()
        let file = try open.file("plan", holding: plan)
        process = try RunningBuilds.all.add { () throws(SandboxError) -> pid_t in
            try view.start(
                nodeos_spawn(
                    plan_fd: file, lifeline_fd: lifeline.reading, report_fd: report.writing,
                    log_fd: log?.writing ?? -1, group_fd: members ?? -1,
                    own_network: ownNetwork ? 1 : 0), inputCount: inputCount)
        }
        self.limits = limits
        hasLog = log != nil
        self.log = log?.reading
        self.report = report.reading
        self.lifeline = lifeline.writing
        open.close(file)
        open.close(lifeline.reading)
        open.close(report.writing)
        if let log { open.close(log.writing) }
        descriptors = open
    }

    /// Waits until every process of the build is gone.
    ///
    /// - Throws: what `deliver` threw, after stopping the build.
    mutating func run(
        until cancellation: Cancellation, log deliver: (Span<UInt8>) throws -> Void
    ) throws -> End {
        defer { RunningBuilds.all.remove(process) }  // when something is thrown
        let start = Self.now
        var lastOutput = start
        var hasEnded = false
        while !hasEnded {
            let now = Self.now
            let deadline = nextDeadline(start: start, lastOutput: lastOutput)
            if let deadline, deadline.time <= now {
                stop(deadline.ending)
                continue
            }
            let ready = wait(for: cancellation, until: deadline.map { now.duration(to: $0.time) })
            if ready.cancelled { stop(.cancelled) }
            if ready.log, try drain(to: deliver, once: true) { lastOutput = Self.now }
            hasEnded = ready.report
        }
        let result = try readReport()
        RunningBuilds.all.remove(process)
        var status: Int32 = 0
        var usage = rusage()
        // Returns when the last process of the build is gone.
        while unsafe wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
        _ = try drain(to: deliver, once: false)
        if let logError { throw logError }
        return End(
            report: result, status: status, usage: usage, stopped: stopped, logBytes: logBytes)
    }

    /// The time, without what passed while this process was stopped.
    private static var now: SuspendingClock.Instant {
        let stopped = RunningBuilds.all.stoppedTime
        return SuspendingClock().now.advanced(by: .zero - stopped)
    }

    /// Kills all; the first reason is the one that is told.
    private mutating func stop(_ reason: BuildOutcome.Ending) {
        if stopped == nil { stopped = reason }
        descriptors.close(lifeline)
    }

    private func nextDeadline(start: SuspendingClock.Instant, lastOutput: SuspendingClock.Instant)
        -> (time: SuspendingClock.Instant, ending: BuildOutcome.Ending)?
    {
        guard stopped == nil else { return nil }
        let end = limits.wallClock.map { (start.advanced(by: $0), BuildOutcome.Ending.timedOut) }
        guard hasLog, let silence = limits.silence else { return end }
        let silent = (lastOutput.advanced(by: silence), BuildOutcome.Ending.silent)
        guard let end, end.0 <= silent.0 else { return silent }
        return end
    }

    private func wait(for cancellation: Cancellation, until remaining: Duration?)
        -> (log: Bool, report: Bool, cancelled: Bool)
    {
        // A negative descriptor is one that poll ignores.
        var descriptors = [
            pollfd(fd: log ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: report, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: stopped == nil ? cancellation.descriptor : -1, events: Int16(POLLIN), revents: 0
            ),
        ]
        // Rounded up, so that a wait ends after the deadline and not just before it; at most a day.
        let milliseconds = remaining.map { remaining in
            let (seconds, attoseconds) = remaining.components
            return Int32(min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
        }
        _ = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds ?? -1)
        return (
            descriptors[0].revents != 0, descriptors[1].revents != 0, descriptors[2].revents != 0
        )
    }

    /// Delivers what the log holds: one chunk, or all there is. Returns whether there was something.
    private mutating func drain(to deliver: (Span<UInt8>) throws -> Void, once: Bool) throws -> Bool
    {
        var found = false
        while let log, let count = try SystemCall.read(log, into: &buffer) {
            guard count > 0 else {
                // Nobody can write to it any more: polled again it would be ready for ever.
                self.log = nil
                break
            }
            found = true
            let allowed = limits.logBytes.map { Int(min($0 - logBytes, UInt64(count))) } ?? count
            logBytes += UInt64(allowed)
            if logError == nil, allowed > 0 {
                do {
                    try deliver(buffer.span.extracting(0..<allowed))
                } catch {
                    logError = error
                    stop(.cancelled)
                }
            }
            if allowed < count { stop(.logTooLong) }
            if once { break }
        }
        return found
    }

    /// What process 1 wrote before it ended; `nil` when it was killed.
    private func readReport() throws(SandboxError) -> nodeos_build_report? {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<nodeos_build_report>.size)
        guard try SystemCall.read(report, into: &bytes) == bytes.count else { return nil }
        return unsafe bytes.withUnsafeBytes { unsafe $0.load(as: nodeos_build_report.self) }
    }
}
