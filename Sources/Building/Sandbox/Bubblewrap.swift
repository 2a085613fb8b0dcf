import Glibc
import Primitives

/// The bubblewrap program.
struct Bubblewrap: Sendable {
    /// Its file.
    let path: String
    /// Its bytes, when the file belongs to this very user (root): the builder, which is the same user to the
    /// kernel, reaches the running program's file as `/proc/1/exe` and could change its mode on the host. It
    /// is then run from a copy in memory. Other users cannot change the file, and run it by its path, which
    /// AppArmor rules go by.
    let ownBytes: [UInt8]?

    /// Looks for `bwrap` in a search path of the form of `PATH`.
    init(searchPath: String) throws(SandboxError) {
        for directory in searchPath.split(separator: ":") where directory.first == "/" {
            let candidate = directory + "/bwrap"
            guard unsafe access(String(candidate).systemPath, X_OK) == 0,
                let status = try SystemCall.status(of: String(candidate), following: true)
            else { continue }
            path = String(candidate)
            ownBytes = status.st_uid == geteuid() ? try SystemCall.contents(of: path) : nil
            return
        }
        throw .bubblewrapNotFound(searchPath: searchPath)
    }
}
