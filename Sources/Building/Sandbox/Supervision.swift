import CKernel
import Glibc
import Primitives

/// A running build as its thread sees it: delivers the log, watches the clocks, stops it.
///
/// The processes hang on the supervisor (`nodeos_supervise`), which kills them all when the lifeline closes
/// and reports when none is left. So the build dies with this process whatever kills it, and whichever
/// thread started it.
struct Supervision: ~Copyable {
    /// What the supervisor reported, and why the build was stopped, if it was.
    struct End {
        let report: nodeos_supervision_report
        let stopped: BuildOutcome.Ending?
        let logBytes: UInt64
        /// The first bytes of the log: bubblewrap's words when it failed before there was a builder.
        let beginning: [UInt8]
    }

    private static let beginningBytes = 4096

    private let limits: BuildRequest.Limits
    private let supervisor: pid_t
    private let log: Int32?
    private let report: Int32
    private let lifeline: Int32
    private var descriptors: Descriptors
    private var stopped: BuildOutcome.Ending?
    private var logError: (any Error)?
    private var logBytes: UInt64 = 0
    private var beginning: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Starts bubblewrap with `arguments`; it gets the descriptors `passed` and, unless it is to have the
    /// caller's terminal, `input` and a log. What `mounts` names in turn, a path and where it is to be seen,
    /// is mounted before, for bubblewrap and what it starts alone. All of it is put into `group`.
    init(
        _ program: Bubblewrap, arguments: [[UInt8]], passing passed: [Int32], input: Int32?,
        mounts: [[UInt8]] = [], group: (path: String, members: Int32)? = nil,
        limits: BuildRequest.Limits, conditions: BuildConditions = BuildConditions(),
        is32Bit: Bool = false
    ) throws(SandboxError) {
        var open = Descriptors()
        let log = input == nil ? nil : try open.pipe()
        let report = try open.pipe()
        let lifeline = try open.pipe()
        var programFile: Int32 = -1
        if let bytes = program.ownBytes {
            programFile = try open.file("bwrap", holding: bytes, executable: true)
        }
        let argumentTexts = CStrings([program.path.systemBytes] + arguments)
        let environment = CStrings([])
        let mountTexts = CStrings(mounts)
        let groupText = CStrings(group.map { [$0.path.systemBytes] } ?? [])
        supervisor = try RunningBuilds.all.add { () throws(SandboxError) -> pid_t in
            let result = unsafe argumentTexts.withPointer { arguments in
                unsafe environment.withPointer { environment in
                    unsafe mountTexts.withPointer { mounts in
                        unsafe groupText.withPointer { groups in
                            unsafe program.path.systemPath.withUnsafeBufferPointer { path in
                                unsafe passed.withUnsafeBufferPointer { passed in
                                    var what = unsafe nodeos_supervision(
                                        program: path.baseAddress, program_fd: programFile,
                                        arguments: arguments,
                                        environment: environment, stdin_fd: input ?? -1,
                                        log_fd: log?.writing ?? -1, passed_fds: passed.baseAddress,
                                        passed_count: passed.count, lifeline_fd: lifeline.reading,
                                        report_fd: report.writing, open_files_soft: 1024,
                                        open_files_hard: 524_288,
                                        processes: UInt64(limits.processes ?? 0),
                                        group_fd: group?.members ?? -1, group: groups.pointee,
                                        creation_mask: conditions.creationMask,
                                        personality: conditions.personality(is32Bit: is32Bit),
                                        processors: UInt32(
                                            clamping: conditions.processorCount ?? 0),
                                        mounts: mounts)
                                    return unsafe nodeos_supervise(&what)
                                }
                            }
                        }
                    }
                }
            }
            return try SystemCall.checkNegated(result, "start a process")
        }
        self.limits = limits
        self.log = log?.reading
        self.report = report.reading
        self.lifeline = lifeline.writing
        open.close(lifeline.reading)
        open.close(report.writing)
        if let log { open.close(log.writing) }
        descriptors = open
    }

    /// Waits until every process of the build is gone.
    ///
    /// - Throws: what `deliver` threw, after stopping the build; or that the supervisor was killed.
    mutating func run(
        until cancellation: Cancellation, log deliver: (Span<UInt8>) throws -> Void
    ) throws -> End {
        defer { RunningBuilds.all.remove(supervisor) }
        let start = Self.now
        var lastOutput = start
        var result: nodeos_supervision_report?
        while result == nil {
            let now = Self.now
            let deadline = nextDeadline(start: start, lastOutput: lastOutput)
            if let deadline, deadline.time <= now {
                stop(deadline.ending)
                continue
            }
            let ready = wait(for: cancellation, until: deadline.map { now.duration(to: $0.time) })
            if ready.cancelled { stop(.cancelled) }
            if ready.log, try drain(to: deliver, once: true) { lastOutput = Self.now }
            if ready.report { result = try readReport() }
        }
        _ = try drain(to: deliver, once: false)
        if let logError { throw logError }
        guard let result else { throw SandboxError.supervisorDied }
        return End(report: result, stopped: stopped, logBytes: logBytes, beginning: beginning)
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
        guard log != nil, let silence = limits.silence else { return end }
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
        guard let log else { return false }
        var found = false
        while let count = try SystemCall.read(log, into: &buffer), count > 0 {
            found = true
            let allowed = limits.logBytes.map { Int(min($0 - logBytes, UInt64(count))) } ?? count
            if beginning.count < Self.beginningBytes {
                beginning.append(contentsOf: buffer[..<allowed].prefix(Self.beginningBytes))
            }
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

    private func readReport() throws(SandboxError) -> nodeos_supervision_report {
        var result = nodeos_supervision_report()
        let size = MemoryLayout<nodeos_supervision_report>.size
        let count = unsafe withUnsafeMutableBytes(of: &result) {
            unsafe Glibc.read(report, $0.baseAddress, size)
        }
        var status: Int32 = 0
        while unsafe waitpid(supervisor, &status, 0) < 0, errno == EINTR {}
        guard count == size else { throw .supervisorDied }
        return result
    }
}
