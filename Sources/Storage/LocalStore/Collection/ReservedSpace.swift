import Glibc
import Primitives

/// A file of no use but its size: a collection gives it up first, so that on a full disk the
/// database can write down what is deleted.
struct ReservedSpace {
    private let directory: String
    private var path: String { directory + "/reserved" }

    /// The size in bytes: enough for the log of thousands of deleted rows.
    static let size = 2_097_152

    init(_ layout: StoreLayout) { directory = layout.databaseDirectory }

    /// Takes the space; on a disk with little left, others need it more, and a later collection
    /// takes it.
    func take() {
        var status = statvfs()
        guard unsafe statvfs(directory.systemPath, &status) == 0,
            UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 2 * UInt64(Self.size)
        else { return }
        let descriptor = unsafe open(
            path.systemPath, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        if posix_fallocate(descriptor, 0, Self.size) != 0 { _ = unsafe unlink(path.systemPath) }
        close(descriptor)
    }

    /// Gives it up.
    func release() { _ = unsafe unlink(path.systemPath) }
}
