/// How a store came to have an output, as it says itself.
public enum ManifestOrigin: Hashable, Sendable {
    /// A build that succeeded.
    public struct Build: Hashable, Sendable {
        /// When it began, in milliseconds since 1970.
        public var startTime: Int64
        /// When it ended, in milliseconds since 1970.
        public var stopTime: Int64
        /// CPU time in user mode, in milliseconds.
        public var userTime: Int64
        /// CPU time in the kernel, in milliseconds.
        public var systemTime: Int64
        /// The most memory it held at a time, in bytes; 0 when not known.
        public var peakMemory: UInt64
        /// The machine it ran on.
        public var machine: String

        /// A build from its parts.
        public init(
            startTime: Int64, stopTime: Int64, userTime: Int64, systemTime: Int64,
            peakMemory: UInt64, machine: String
        ) {
            self.startTime = startTime
            self.stopTime = stopTime
            self.userTime = userTime
            self.systemTime = systemTime
            self.peakMemory = peakMemory
            self.machine = machine
        }
    }

    /// Built there; the build when it is still recorded.
    case built(Build?)
    /// A file or text that was added there.
    case added
    /// A fixed output, downloaded from this URL.
    case fetched(url: String)
    /// Taken from the binary cache at this URL.
    case substituted(url: String)
    /// Copied or imported from elsewhere.
    case imported
    /// The side does not say.
    case unknown

    /// Whether the side says that it made the bytes itself.
    public var isBuilt: Bool { if case .built = self { true } else { false } }

    /// A word or two for people.
    public var summary: String {
        switch self {
        case .built: "built"
        case .added: "added"
        case .fetched: "fetched"
        case .substituted(let url): "from \(url)"
        case .imported: "imported"
        case .unknown: "origin unknown"
        }
    }
}
