public import StoreModel

/// What happens while a closure is given to a cache or another store, for a progress display.
public enum GivingEvent: Sendable {
    /// So many paths of the closure are missing there, and have so many bytes as NARs; so many are there.
    case planned(count: Int, narSize: UInt64, present: Int)
    /// Work on a path begins.
    case started(StorePath)
    /// A path is there now; `size` is what its file takes there.
    case finished(PathInfo, size: UInt64)
    /// A path was there, and its narinfo has signatures now that it had not.
    case signed(StorePath)
    /// Something a person should know, in a line.
    case remark(String)
}
