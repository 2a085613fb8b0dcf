import Glibc
import Primitives

/// Absolute paths without `.`, `..` and empty components: as sandboxes and links need them.
enum PlainPath {
    /// The plain path of the absolute `path`, which need not exist.
    ///
    /// Links stay as they are, but where `..` follows: that leads to the parent of the directory behind
    /// the link, as the kernel has it.
    ///
    /// - Throws: ``StoreCommandsError/system(_:_:_:)`` when `..` follows what is no directory.
    static func of(_ path: String) throws(StoreCommandsError) -> String {
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
