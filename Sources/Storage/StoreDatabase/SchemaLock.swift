import Glibc
import Primitives
import SystemSupport

/// Held by the one process that creates or migrates a database. GRDB's migrator looks before it
/// takes SQLite's lock, so two first users of a store would otherwise both create it.
struct SchemaLock: ~Copyable {
    private let descriptor: CInt

    /// Waits for the lock beside `database`.
    init(database: String) throws(StoreDatabaseError) {
        let path = database + ".lock"
        descriptor = unsafe open(path.systemPath, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var status = descriptor < 0 ? -1 : flock(descriptor, LOCK_EX)
        while status != 0, errno == EINTR { status = flock(descriptor, LOCK_EX) }
        guard status == 0 else {
            let reason = systemMessage(errno)
            if descriptor >= 0 { close(descriptor) }
            throw .cannotOpen(file: path, reason: reason)
        }
    }

    deinit { close(descriptor) }

    /// Gives the lock up; without, it goes with the value.
    consuming func release() {}
}

/// 0 when `path` exists, else the error code. The corresponding C function is `access`.
func existenceStatus(of path: String) -> CInt {
    unsafe access(path.systemPath, F_OK) == 0 ? 0 : errno
}
