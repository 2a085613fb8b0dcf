public import StoreModel

/// What happens while paths are taken from binary caches, for a progress display.
public enum SubstitutionEvent: Sendable {
    /// What will be taken is known; nothing was yet.
    case planned(SubstitutePlan)
    /// Something a person should know, in a line.
    case remark(String)
    /// Another process holds the lock of the path.
    case waiting(StorePath)
    /// Its download begins.
    case started(StorePath)
    /// How far the download is, in bytes; `total` 0 when unknown.
    case progress(StorePath, done: UInt64, total: UInt64)
    /// It is valid now.
    case finished(StorePath, seconds: Double)
    /// It had become valid meanwhile.
    case alreadyValid(StorePath)
    /// It cannot be taken from this cache, and why. Perhaps the next one has it.
    case refused(StorePath, source: String, reason: String)
    /// No cache gave it: it has to be built, and what refers to it, too.
    case failed(StorePath)
}
