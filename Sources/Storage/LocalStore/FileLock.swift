package import Archives
import Glibc

/// An advisory lock on an open file (`flock`), given up when the value goes or the process ends.
///
/// Two openings exclude each other also within one process.
@safe
package struct FileLock: ~Copyable, Sendable {
    /// What a lock excludes.
    package enum Mode {
        /// Everybody.
        case exclusive
        /// Only exclusive ones.
        case shared

        fileprivate var operation: CInt { self == .exclusive ? LOCK_EX : LOCK_SH }
    }

    package let descriptor: CInt

    /// Takes over a descriptor.
    private init(owning descriptor: CInt) { self.descriptor = descriptor }

    /// A child that is being started just now has a copy of the descriptor until its program begins:
    /// closing alone would leave the lock held so long.
    deinit {
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Opens `name`, which is made when it is missing, and locks it.
    ///
    /// - Parameters:
    ///   - permissions: of a file that is made.
    ///   - waits: whether to wait for another holder.
    /// - Returns: `nil` when another holds it and `waits` is false.
    package static func acquire(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, _ mode: Mode,
        permissions: UInt32 = 0o600, waits: Bool
    ) throws(LocalStoreError) -> FileLock? {
        let path = directory.path(of: name)
        let opened = unsafe openat(
            directory.rawValue, name.string, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
            permissions)
        guard opened >= 0 else {
            throw .system(operation: "open the lock", path: path, code: errno)
        }
        let lock = FileLock(owning: opened)
        guard try Self.lock(opened, mode, waits: waits, path: path) else { return nil }
        return lock
    }

    /// Locks an open file.
    ///
    /// - Returns: false when another holds it and `waits` is false.
    package static func lock(
        _ descriptor: CInt, _ mode: Mode, waits: Bool, path: String
    ) throws(LocalStoreError) -> Bool {
        while flock(descriptor, mode.operation | (waits ? 0 : LOCK_NB)) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK where !waits: return false
            default: throw .system(operation: "lock", path: path, code: errno)
            }
        }
        return true
    }

    /// Whether the file was given up by its last holder, and so is no longer the one by that name.
    ///
    /// - Parameter path: for messages.
    func isStale(path: String) throws(LocalStoreError) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(operation: "look at the lock", path: path, code: errno)
        }
        return status.st_size != 0 || status.st_nlink == 0
    }

    /// Marks the file as given up, for those that wait for it.
    func markStale() {
        // Who waits looks at the size; that the write may fail is why it looks at links too.
        _ = unsafe write(descriptor, "d", 1)
    }

    /// Gives the lock up; without, it goes with the value.
    consuming func release() {}

    /// Writes `bytes` at the end of the file.
    func append(_ bytes: [UInt8], path: String) throws(LocalStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let wrote = unsafe rest.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress, $0.count)
            }
            if wrote >= 0 {
                rest = rest.dropFirst(wrote)
            } else if errno != EINTR {
                throw .system(operation: "write to", path: path, code: errno)
            }
        }
    }
}
