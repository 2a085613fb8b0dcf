/// How to realise.
public struct RealisationOptions: Sendable {
    /// How many builds run at once.
    public var jobs = 1
    /// `NIX_BUILD_CORES`: what builders pass to `make -j`.
    public var cores = 1
    /// How many downloads run at once.
    public var downloads = 6
    /// Go on with what does not depend on a failure.
    public var keepGoing = false
    /// Keep the build directory of a failed build.
    public var keepFailed = false
    /// The longest a builder may run, in seconds.
    public var timeout: Double?
    /// The longest a builder may print nothing, in seconds.
    public var maxSilentTime: Double?
    /// The most a builder may print, in bytes.
    public var maxLogSize: UInt64?
    /// A static shell of the machine to show at `/bin/sh`; `nil` shows none, as is reproducible.
    public var sandboxShell: String?

    /// The defaults: one build at a time, on one core.
    public init() {}
}
