public import StoreModel

/// What happens while a plan is realised, in order; everything a progress display shows.
public enum RealisationEvent: Sendable {
    /// The plan is known; nothing has run yet.
    case planned(BuildPlan)
    /// Another process holds the lock of the derivation's outputs.
    case waiting(StorePath)
    /// Work on a derivation begins; `expected` is how long it took before, in seconds.
    case started(StorePath, BuildPlan.Kind, expected: Double?)
    /// A line of the builder's log, without its newline.
    case log(StorePath, [UInt8])
    /// How far a download or unpacking is, in bytes; `total` 0 when unknown.
    case progress(StorePath, done: UInt64, total: UInt64)
    /// A derivation's outputs are valid now.
    case finished(StorePath, seconds: Double)
    /// A derivation's outputs had become valid meanwhile.
    case alreadyValid(StorePath)
    /// A derivation failed.
    case failed(StorePath, RealisationError)
}
