package import Archives
import Glibc
import Primitives
import SystemSupport

extension FileName {
    /// The name as text; store items, locks and roots have only ASCII names.
    var string: String { description }
}

extension DirectoryDescriptor {
    /// Opens a directory by its path and makes it, and its parents, when they are missing.
    package static func making(_ path: String, mode: UInt32 = 0o755) throws(LocalStoreError)
        -> DirectoryDescriptor
    {
        try makeDirectories(path, mode: mode)
        return try opening(path)
    }

    /// Opens a directory by its path.
    package static func opening(_ path: String) throws(LocalStoreError) -> DirectoryDescriptor {
        do { return try DirectoryDescriptor(opening: path) } catch .system(_, _, let code) {
            throw .system(operation: "open directory", path: path, code: code)
        } catch { throw .missingStore(path: path) }
    }

    /// Opens a directory by its path; `nil` when nothing is there, not even a link that leads nowhere.
    package static func openingIfPresent(_ path: String) throws(LocalStoreError)
        -> DirectoryDescriptor?
    {
        do { return try opening(path) } catch {
            guard case .system(_, _, let code) = error, meansAbsence(code) else { throw error }
            var status = stat()
            guard unsafe lstat(path.systemPath, &status) != 0, meansAbsence(errno) else {
                throw error
            }
            return nil
        }
    }

    /// Makes the directory `path` and its parents; nothing when it is there. Others are to use the
    /// store, too, so the modes do not depend on the umask of whoever makes it.
    ///
    /// - Throws: ``LocalStoreError/cannotCreate(path:reason:)``.
    static func makeDirectories(_ path: String, mode: UInt32) throws(LocalStoreError) {
        if try make(path, mode: mode) { return }
        guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
            slash != path.startIndex
        else {
            throw .cannotCreate(path: path, reason: systemMessage(errno))
        }
        try makeDirectories(String(path[..<slash]), mode: 0o755)
        if try !make(path, mode: mode) {
            throw .cannotCreate(path: path, reason: systemMessage(errno))
        }
    }

    /// Makes one directory; returns whether it is there now, else `errno` says why not.
    private static func make(_ path: String, mode: UInt32) throws(LocalStoreError) -> Bool {
        guard unsafe mkdir(path.systemPath, mode) == 0 else { return errno == EEXIST }
        guard unsafe chmod(path.systemPath, mode) == 0 else {
            throw .cannotCreate(path: path, reason: systemMessage(errno))
        }
        return true
    }
}

extension DirectoryDescriptor {
    /// All bytes of the regular file `name`.
    func readFile(_ name: FileName) throws(ArchivesError) -> [UInt8] {
        let file = try openFile(name)
        var buffer = [UInt8](
            repeating: 0, count: Int(min(try file.status().size, 16 << 20)) + 1)
        var bytes: [UInt8] = []
        while true {
            let got = try file.read(into: &buffer, count: buffer.count)
            if got == 0 { return bytes }
            // As a rule everything at once, and then the end.
            if bytes.isEmpty {
                bytes = Array(buffer[..<got])
            } else {
                bytes += buffer[..<got]
            }
        }
    }
}

extension DirectoryDescriptor {
    /// Removes the file `name`, if it is there.
    func removeIfPresent(_ name: FileName) throws(ArchivesError) {
        do { try removeFile(name) } catch .system(_, _, ENOENT) {}
    }
}

/// Whether something lies at `path`, a broken link excepted.
///
/// - Throws: ``LocalStoreError/system(operation:path:code:)`` when that may not be known.
func isThere(_ path: String) throws(LocalStoreError) -> Bool {
    if unsafe access(path.systemPath, F_OK) == 0 { return true }
    let code = errno
    guard meansAbsence(code) else {
        throw .system(operation: "look for", path: path, code: code)
    }
    return false
}

/// Whether an `errno` value says that there is nothing by that name. All others say only that this
/// could not be found out.
func meansAbsence(_ code: Int32) -> Bool { code == ENOENT || code == ENOTDIR }

/// Whether this user may read `path`.
func isReadable(_ path: String) -> Bool { unsafe access(path.systemPath, R_OK) == 0 }

/// Whether this user may write to `path`.
func isWritable(_ path: String) -> Bool { unsafe access(path.systemPath, W_OK) == 0 }
