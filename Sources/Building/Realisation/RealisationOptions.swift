/// How to realise.
public struct RealisationOptions: Sendable {
    /// How many builds run at once.
    public var jobs = 1
    /// `NIX_BUILD_CORES`: what builders pass to `make -j`.
    public var cores = 1
    /// How long builds typically take, in seconds, by the name without version (`Derivation.packageName`):
    /// what is believed of those that were never built here.
    public var typicalSeconds: [String: Double] = [:]
    /// How many downloads run at once.
    public var downloads = 6
    /// How often a builder is run before its outputs are registered; all must agree. What a hash
    /// fixes is built once.
    public var rounds = 1
    /// Whether repeated builds get one more core each time, so that the number of cores varies too.
    public var variesCores = false
    /// The user's program that is shown trees that differ: its arguments are the first tree, the
    /// second, the `.drv` and the second's build directory.
    public var diffHook: String?
    /// Go on with what does not depend on a failure.
    public var keepGoing = false
    /// Keep the build directory of a failed build, and trees that should be the same and are not.
    public var keepFailed = false
    /// Fail at once what failed when it was built here last.
    public var cachesFailures = false
    /// Collect when the store's file system has less than this free, in bytes, while something is
    /// realised; `nil` never does.
    public var minFree: UInt64?
    /// How much such a collection is to make free, in bytes; `nil` is all it can.
    public var maxFree: UInt64?
    /// Take valid downloads as they are, also when they are named with other URLs than they were
    /// fetched for.
    public var assumesFixed = false
    /// Open a shell on this program's terminal where a build failed, before it is given up.
    public var debugShell = false
    /// The longest a builder may run, in seconds.
    public var timeout: Double?
    /// The longest a builder may print nothing, in seconds.
    public var maxSilentTime: Double?
    /// The most a builder may print, in bytes.
    public var maxLogSize: UInt64?
    /// The most processes and threads a build may have at one time; `nil` is no limit.
    public var maxProcesses: Int? = Self.usualMaxProcesses
    /// What no build is known to reach: a compiler for each of 128 processors, each with 32 threads.
    public static let usualMaxProcesses = 4096
    /// What a limit of processes may be, as the rest of a sentence.
    package static let processLimitRule = "must be 0 or from 10 to 4194304"

    /// Whether a build could work with that limit; 0 is none. A shell that starts something
    /// needs a few; more than the last the kernel never has.
    package static func isProcessLimit(_ number: Int) -> Bool {
        number == 0 || (10...4_194_304).contains(number)
    }
    /// A file with credentials for hosts, in the format of netrc; `nil` is none.
    public var netrcFile: String?
    /// A static shell of the machine to show at `/bin/sh`; `nil` shows none, as is reproducible.
    public var sandboxShell: String?

    /// Under which conditions builders run; an audit varies them.
    public var surroundings = BuildSurroundings()

    /// The defaults: one build at a time, on one core.
    public init() {}
}
