import Glibc
import Primitives
import SystemSupport

/// Files of tokens.
enum PrivateFile {
    /// - Throws: when others than its owner may read the file at `path`.
    static func require(_ path: String) throws {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            throw HostError.system("open", path, errno)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw StoreCommandsError.badFile(
                path, reason: "others than its owner may read this token: 'chmod 600' it")
        }
    }
}
