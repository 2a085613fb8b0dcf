import CKernel
import Glibc
import Primitives

extension DirectoryDescriptor {
    /// Sets the permission bits of the directory itself.
    ///
    /// The corresponding C function is `fchmod`.
    package func setMode(_ mode: UInt32) throws(ArchivesError) {
        if fchmod(rawValue, mode) != 0 {
            throw .system(operation: "set the mode of", path: path, code: errno)
        }
    }

    /// Sets the permission bits of `name`, not through a symbolic link.
    ///
    /// The corresponding C function is `fchmodat` with `AT_SYMLINK_NOFOLLOW`.
    package func setMode(_ mode: UInt32, of name: FileName) throws(ArchivesError) {
        if unsafe fchmodat(rawValue, name.terminated, mode, AT_SYMLINK_NOFOLLOW) != 0 {
            throw failure("set the mode of", name)
        }
    }

    /// Sets the modification time of the directory itself and leaves the access time.
    package func setModificationTime(_ seconds: Int64) throws(ArchivesError) {
        if unsafe futimens(rawValue, modificationTimes(seconds)) != 0 {
            throw .system(operation: "set the time of", path: path, code: errno)
        }
    }

    /// Sets the modification time of `name`, not through a symbolic link, and leaves the access
    /// time.
    package func setModificationTime(_ seconds: Int64, of name: FileName) throws(ArchivesError) {
        let result = unsafe utimensat(
            rawValue, name.terminated, modificationTimes(seconds), AT_SYMLINK_NOFOLLOW)
        if result != 0 { throw failure("set the time of", name) }
    }

    /// Gives `name` to this user and group, not through a symbolic link.
    ///
    /// The corresponding C function is `fchownat` with `AT_SYMLINK_NOFOLLOW`.
    func setOwner(_ user: UInt32, group: UInt32, of name: FileName) throws(ArchivesError) {
        let result = unsafe fchownat(
            rawValue, name.terminated, user, group, AT_SYMLINK_NOFOLLOW)
        if result != 0 { throw failure("take over", name) }
    }

    /// Waits until everything written so far to this directory's file system is on disk.
    ///
    /// The corresponding C function is `syncfs`.
    package func synchroniseFileSystem() throws(ArchivesError) {
        let result = nodeos_syncfs(rawValue)
        if result != 0 { throw .system(operation: "write to disk", path: path, code: -result) }
    }

    /// Waits until the names in this directory are on disk.
    ///
    /// The corresponding C function is `fsync`. File systems that cannot do that for directories
    /// are left alone.
    package func synchronise() throws(ArchivesError) {
        if fsync(rawValue) != 0, errno != EINVAL, errno != EROFS {
            throw .system(operation: "write to disk", path: path, code: errno)
        }
    }

    /// Renames `name` to `newName` in `target`, replacing a file or link that is there.
    ///
    /// The corresponding C function is `renameat`.
    package func rename(
        _ name: FileName, to newName: FileName, in target: borrowing DirectoryDescriptor
    ) throws(ArchivesError) {
        let result = unsafe renameat(
            rawValue, name.terminated, target.rawValue, newName.terminated)
        if result != 0 { throw failure("rename", name) }
    }

    /// Lets `name` and `otherName` in `other` change places; both exist, and whoever looks sees one
    /// or the other under each name. Where the file system cannot do that, ``rename(_:to:in:)``
    /// three times does, and for a moment there is nothing; what a killed process leaves is in this
    /// directory, not in `other`.
    ///
    /// The corresponding C function is `renameat2` with `RENAME_EXCHANGE`.
    package func exchange(
        _ name: FileName, with otherName: FileName, in other: borrowing DirectoryDescriptor
    ) throws(ArchivesError) {
        let result = unsafe nodeos_exchange(
            rawValue, name.terminated, other.rawValue, otherName.terminated)
        switch -result {
        case 0: return
        case EINVAL, ENOSYS, ENOTTY:
            let temporary = try FileName("\(otherName).old")
            try other.rename(otherName, to: temporary, in: self)
            do { try rename(name, to: otherName, in: other) } catch {
                // What cannot be put back is in this directory still; the caller hears why.
                try? rename(temporary, to: otherName, in: other)
                throw error
            }
            try rename(temporary, to: name, in: self)
        default:
            throw .system(operation: "replace", path: path(of: name), code: -result)
        }
    }

    /// Opens the directory `name`, and when its owner may not read it, makes that possible first.
    package func openDirectoryForcibly(_ name: FileName) throws(ArchivesError)
        -> DirectoryDescriptor
    {
        do {
            return try openDirectory(name)
        } catch .system(_, _, EACCES) {
            try setMode(0o700, of: name)
            return try openDirectory(name)
        }
    }

    /// Removes the extended attributes of the directory itself, access control lists among them, but
    /// the labels that the system's security modules keep for themselves.
    ///
    /// The corresponding C functions are `flistxattr` and `fremovexattr`.
    package func removeExtendedAttributes() throws(ArchivesError) {
        guard let names = unsafe foreignAttributes({ unsafe flistxattr(rawValue, $0, $1) }) else {
            throw .system(
                operation: "list the extended attributes of", path: path, code: errno)
        }
        for name in names {
            if unsafe fremovexattr(rawValue, name.bytes + [0]) != 0, errno != ENODATA {
                throw .system(
                    operation: "remove the extended attribute '\(name)' of", path: path,
                    code: errno)
            }
        }
    }

    /// Removes the extended attributes of `name`; see ``removeExtendedAttributes()``.
    ///
    /// The corresponding C functions are `llistxattr` and `lremovexattr`, on the entry of `/proc`
    /// that stands for this descriptor: there are no functions that are anchored to one.
    func removeExtendedAttributes(of name: FileName) throws(ArchivesError) {
        let entry = entryForAttributes(of: name)
        for attribute in try foreignExtendedAttributes(of: name) {
            if unsafe lremovexattr(entry, attribute.bytes + [0]) != 0, errno != ENODATA {
                throw failure("remove the extended attribute '\(attribute)' of", name)
            }
        }
    }

    /// The names of the extended attributes of `name` that no store item has.
    func foreignExtendedAttributes(of name: FileName) throws(ArchivesError) -> [ByteString] {
        let entry = entryForAttributes(of: name)
        guard let names = unsafe foreignAttributes({ unsafe llistxattr(entry, $0, $1) }) else {
            throw failure("list the extended attributes of", name)
        }
        return names
    }

    private func entryForAttributes(of name: FileName) -> [UInt8] {
        Array("/proc/self/fd/\(rawValue)/".utf8) + name.terminated
    }
}

/// The names that `list`, one of the functions of `listxattr(2)`, gives, without those that are kept;
/// `nil` when it fails, and `errno` says why.
private func foreignAttributes(
    _ list: (UnsafeMutablePointer<CChar>?, Int) -> Int
) -> [ByteString]? {
    // Nearly always there is none.
    var size = list(nil, 0)
    var names: [CChar] = []
    while size > 0 {
        names = [CChar](repeating: 0, count: size)
        let count = unsafe names.withUnsafeMutableBufferPointer {
            unsafe list($0.baseAddress, $0.count)
        }
        if count >= 0 {
            names.removeLast(size - count)
            break
        }
        // There are more than a moment ago.
        size = errno == ERANGE ? list(nil, 0) : -1
    }
    if size < 0 { return errno == ENOTSUP ? [] : nil }
    return names.split(separator: 0)
        .map { ByteString($0.map { UInt8(bitPattern: $0) }) }
        .filter { !keptExtendedAttributes.contains($0) }
}

/// Labels of security modules and file servers, and how a file system keeps the bytes: they say where
/// a file lies, not what it is.
private let keptExtendedAttributes: Set<ByteString> = [
    "security.selinux", "security.apparmor", "security.ima", "security.evm", "system.nfs4_acl",
    "btrfs.compression",
]
