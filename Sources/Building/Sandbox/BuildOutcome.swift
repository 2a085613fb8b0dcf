/// How a build that ran ended, and what it cost.
public struct BuildOutcome: Hashable, Sendable {
    /// How it ended.
    public enum Ending: Hashable, Sendable {
        /// The builder returned this status.
        case exited(Int32)
        /// The builder was ended by this signal.
        case signalled(Int32)
        /// Stopped: it took longer than `Limits.wallClock`.
        case timedOut
        /// Stopped: it printed nothing for `Limits.silence`.
        case silent
        /// Stopped: it printed more than `Limits.logBytes`.
        case logTooLong
        /// Stopped: the task that ran it was cancelled.
        case cancelled
    }

    /// How it ended.
    public let ending: Ending
    /// Seconds since 1970 when it was started.
    public let startTime: Int64
    /// Seconds since 1970 when its last process was gone.
    public let stopTime: Int64
    /// Time from start to stop.
    public let wallTime: Duration
    /// CPU time in user mode of all its processes.
    public let userTime: Duration
    /// CPU time in the kernel of all its processes.
    public let systemTime: Duration
    /// Bytes of memory that its largest process held at its peak (resident set).
    public let peakResidentBytes: UInt64
    /// Bytes of log that were delivered.
    public let logBytes: UInt64
    /// The outputs of the request that do not exist afterwards, sorted.
    public let missingOutputs: [String]

    /// An ending, as another kind of builder than the sandbox may tell it.
    ///
    /// - Parameters:
    ///   - startTime: in seconds since 1970.
    ///   - stopTime: likewise.
    public init(
        ending: Ending, startTime: Int64, stopTime: Int64, wallTime: Duration = .zero,
        userTime: Duration = .zero, systemTime: Duration = .zero, peakResidentBytes: UInt64 = 0,
        logBytes: UInt64 = 0, missingOutputs: [String] = []
    ) {
        self.ending = ending
        self.startTime = startTime
        self.stopTime = stopTime
        self.wallTime = wallTime
        self.userTime = userTime
        self.systemTime = systemTime
        self.peakResidentBytes = peakResidentBytes
        self.logBytes = logBytes
        self.missingOutputs = missingOutputs
    }

    /// Whether the builder returned 0 and made every output.
    public var succeeded: Bool { ending == .exited(0) && missingOutputs.isEmpty }
}
