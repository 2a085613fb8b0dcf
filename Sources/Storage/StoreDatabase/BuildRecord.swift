package import StoreModel

/// One build that was tried, successful or not.
package struct BuildRecord: Hashable, Sendable {
    /// How a build ended.
    package enum Status: String, Hashable, Sendable, CaseIterable {
        /// Its outputs were registered.
        case succeeded
        /// The builder exited with an error, or was killed.
        case failed
        /// It ran longer, or was silent longer, than allowed.
        case timedOut = "timed-out"
        /// A fixed output had another hash.
        case hashMismatch = "hash-mismatch"
        /// Two runs gave different outputs.
        case notDeterministic = "not-deterministic"
        /// Its outputs broke a rule, such as `disallowedReferences`.
        case rejected
        /// The user stopped it.
        case cancelled
        /// A word that a newer program wrote.
        case unknown
    }

    /// The derivation.
    package var derivation: StorePath
    /// The package's name without its version: what two versions of one package share.
    package var name: String
    /// When it began, in milliseconds since 1970.
    package var startTime: Int64
    /// When it ended, in milliseconds since 1970.
    package var stopTime: Int64
    /// CPU time in user mode, of all its processes.
    package var userTime: Duration
    /// CPU time in the kernel, of all its processes.
    package var systemTime: Duration
    /// The most memory it held at a time, in bytes; 0 when not known.
    package var peakMemory: UInt64
    /// How it ended.
    package var status: Status
    /// The machine it ran on.
    package var machine: String
    /// Its log, relative to the state directory.
    package var log: String?

    /// A record from its parts.
    package init(
        derivation: StorePath, name: String, startTime: Int64, stopTime: Int64,
        userTime: Duration = .zero, systemTime: Duration = .zero, peakMemory: UInt64 = 0,
        status: Status, machine: String = "", log: String? = nil
    ) {
        self.derivation = derivation
        self.name = name
        self.startTime = startTime
        self.stopTime = stopTime
        self.userTime = userTime
        self.systemTime = systemTime
        self.peakMemory = peakMemory
        self.status = status
        self.machine = machine
        self.log = log
    }

    /// How long it took by the clock.
    package var elapsed: Duration {
        .milliseconds(BuildRecord.time(stopTime) - BuildRecord.time(startTime))
    }

    /// A time in milliseconds as a database, where anything may stand, has it: kept so small that sums
    /// of many are numbers still.
    static func time(_ stated: Int64) -> Int64 { min(max(stated, 0), 1 << 50) }
}
