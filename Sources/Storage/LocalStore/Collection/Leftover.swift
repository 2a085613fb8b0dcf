import Archives
import StoreModel

/// Something in the store directory that is not valid and that no running process makes or uses.
struct Leftover {
    /// Its name in the store directory.
    let name: FileName
    /// The path it would be; of a lock file, the path that was locked.
    let path: StorePath
    /// Whether it is the lock file of a process that ended.
    let isLock: Bool
}
