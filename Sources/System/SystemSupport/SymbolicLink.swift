import Glibc
import Primitives

/// Looks at symbolic links, and takes paths apart.
package enum SymbolicLink {
    /// The target of the link `path` as it is written; `nil` when there is no link.
    package static func target(of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe $0.baseAddress.map { address in unsafe readlink(path.systemPath, address, 4096) }
                ?? 0
        }
        guard count > 0 else { return nil }
        return String(systemBytes: buffer[..<count])
    }

    /// Whether there is anything at `path`; a link counts itself.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path.systemPath, &status) == 0
    }

    /// Whether there is anything at `path`; a link counts itself.
    ///
    /// - Throws: ``HostError/system(_:_:_:)`` when that cannot be told.
    package static func isPresent(_ path: String) throws(HostError) -> Bool {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw .system("inspect", path, errno) }
        return false
    }

    /// The directory part of `path`, without a slash at its end; "." when there is none.
    package static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The part of `path` after its last slash.
    package static func baseName(of path: String) -> String {
        path.pathComponents.last ?? path
    }
}

/// Absolute paths without `.`, `..` and empty components: as sandboxes and links need them.
package enum PlainPath {
    /// The plain path of the absolute `path`, which need not exist.
    ///
    /// Links stay as they are, but where `..` follows: that leads to the parent of the directory behind
    /// the link, as the kernel has it.
    ///
    /// - Throws: ``HostError/system(_:_:_:)`` when `..` follows what is no directory.
    package static func of(_ path: String) throws(HostError) -> String {
        var plain = ""
        // By bytes: a character may hold a slash and what is written over it.
        for bytes in path.utf8.split(separator: UInt8(ascii: "/")) {
            let part = String(decoding: bytes, as: UTF8.self)
            if part == "." { continue }
            guard part == ".." else {
                plain += "/" + part
                continue
            }
            // With a slash, nothing but a directory will do.
            guard let resolved = unsafe realpath((plain + "/").systemPath, nil) else {
                throw .system("find the directory", plain, errno)
            }
            defer { unsafe free(resolved) }
            plain = SymbolicLink.directory(of: unsafe String(systemString: resolved))
            if plain == "/" { plain = "" }
        }
        return plain.isEmpty ? "/" : plain
    }
}
