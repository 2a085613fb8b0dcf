public import StoreModel

/// What happens while a plan is realised, in order; everything a progress display shows.
public enum RealisationEvent: Sendable {
    /// The plan is known, and nothing of it has run yet. It comes again when no cache gives what one
    /// offered, and then holds only what is new. `expected` tells how long those took that were built
    /// here before, in seconds.
    case planned(BuildPlan, expected: [StorePath: Double])
    /// Another process holds the lock of the derivation's outputs.
    case waiting(StorePath)
    /// Work on a derivation begins.
    case started(StorePath, BuildPlan.Kind)
    /// A line of the builder's log, without its newline.
    case log(StorePath, [UInt8])
    /// How far a download or unpacking is, in bytes; `total` 0 when unknown.
    case progress(StorePath, done: UInt64, total: UInt64)
    /// Its builder runs again, for the `round`th time of `of`, to compare what it makes.
    case repeated(StorePath, round: Int, of: Int)
    /// That many builds of it gave the same bytes.
    case agreed(StorePath, builds: Int)
    /// A line that the user's diff hook printed, without its newline.
    case diffHook(StorePath, [UInt8])
    /// Its build failed with this error, and the terminal is the user's shell's until
    /// ``shellEnded(_:problem:)``. `command` is what the builder was, for a person to try again.
    case shell(StorePath, RealisationError, command: String)
    /// The user left the shell; with the reason when there could be none.
    case shellEnded(StorePath, problem: String?)
    /// A derivation's outputs are valid now.
    case finished(StorePath, seconds: Double)
    /// A derivation's outputs had become valid meanwhile.
    case alreadyValid(StorePath)
    /// Something a person should know, in a line.
    case remark(String)
    /// Something about what is taken from binary caches.
    case substitution(SubstitutionEvent)
    /// A derivation failed.
    case failed(StorePath, RealisationError)
}
