import Glibc
import Primitives

/// Looks at symbolic links, and takes paths apart.
enum SymbolicLink {
    /// The target of the link `path` as it is written; `nil` when there is no link.
    static func target(of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe $0.baseAddress.map { address in unsafe readlink(path.systemPath, address, 4096) }
                ?? 0
        }
        guard count > 0 else { return nil }
        return String(systemBytes: buffer[..<count])
    }

    /// Whether there is anything at `path`; a link counts itself.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path.systemPath, &status) == 0
    }

    /// Whether there is anything at `path`; a link counts itself.
    ///
    /// - Throws: ``StoreCommandsError/system(_:_:_:)`` when that cannot be told.
    static func isPresent(_ path: String) throws(StoreCommandsError) -> Bool {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw .system("inspect", path, errno) }
        return false
    }

    /// The directory part of `path`, without a slash at its end; "." when there is none.
    static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The part of `path` after its last slash.
    static func baseName(of path: String) -> String {
        path.pathComponents.last ?? path
    }
}
