import CKernel
import Glibc
import Primitives

/// An open regular file; closed when it goes out of scope.
@safe
package struct OpenFile: ~Copyable, Sendable {
    /// The descriptor, valid as long as this value.
    package let rawValue: Int32
    private let place: MessagePath
    /// The path for messages.
    package var path: String { place.text }

    /// Takes over a descriptor.
    ///
    /// - Parameter descriptor: an open descriptor that nobody else closes.
    /// - Parameter path: a name for messages.
    package init(owning descriptor: Int32, path: String) {
        self.init(owning: descriptor, at: MessagePath(path))
    }

    init(owning descriptor: Int32, at place: MessagePath) {
        rawValue = descriptor
        self.place = place
    }

    /// Opens a file for reading. Symbolic links are followed.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(reading path: String) throws(ArchivesError) {
        let opened = unsafe nodeos_openat(AT_FDCWD, path.systemPath, O_RDONLY, 0)
        if opened < 0 { throw .system(operation: "open", path: path, code: -opened) }
        self.init(owning: opened, path: path)
    }

    /// An empty file that is only in memory, to be written and read.
    ///
    /// - Parameter name: what messages call it.
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(inMemory name: String) throws(ArchivesError) {
        let made = unsafe nodeos_memory_file(name)
        if made < 0 { throw .system(operation: "make in memory", path: name, code: -made) }
        self.init(owning: made, path: name)
    }

    /// An empty file without a name in `directory`, to be written and read.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(temporaryIn directory: String) throws(ArchivesError) {
        // `O_TMPFILE`, which Swift does not import.
        let withoutName: Int32 = 0o20_200_000
        let made = unsafe nodeos_openat(
            AT_FDCWD, directory.systemPath, O_RDWR | withoutName, 0o600)
        if made < 0 { throw .system(operation: "make a file in", path: directory, code: -made) }
        self.init(owning: made, path: directory)
    }

    deinit { close(rawValue) }

    /// What the kernel knows about the file.
    package func status() throws(ArchivesError) -> NodeStatus {
        var status = stat()
        if unsafe fstat(rawValue, &status) != 0 { throw failure("inspect") }
        return NodeStatus(status)
    }

    /// Replaces `bytes` by the next 64 KiB, fewer only at the end: so files are read in step that are
    /// compared.
    package func readPiece(into bytes: inout [UInt8]) throws(ArchivesError) {
        let count = 1 << 16
        bytes.removeAll(keepingCapacity: true)
        var piece = [UInt8](repeating: 0, count: count)
        while bytes.count < count {
            let got = try read(into: &piece, count: count - bytes.count)
            if got == 0 { return }
            bytes += piece[..<got]
        }
    }

    /// Reads at most `count` bytes into the beginning of `buffer`; 0 at the end.
    ///
    /// The corresponding C function is `read`.
    package func read(into buffer: inout [UInt8], count: Int) throws(ArchivesError) -> Int {
        let wanted = min(count, buffer.count)
        while true {
            let descriptor = rawValue
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, wanted)
            }
            if got >= 0 { return got }
            if errno != EINTR { throw failure("read") }
        }
    }

    /// The at most `count` bytes that begin at `position`; fewer only at the end of the file.
    ///
    /// The corresponding C function is `pread`.
    package func bytes(at position: UInt64, count: Int) throws(ArchivesError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(
                    rawValue, $0.baseAddress.map { unsafe $0 + filled }, count - filled,
                    off_t(clamping: position) + off_t(filled))
            }
            if got < 0 {
                if errno != EINTR { throw failure("read") }
                continue
            }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// Writes all of `bytes` at the current position.
    ///
    /// The corresponding C function is `write`.
    package func write(_ bytes: Span<UInt8>) throws(ArchivesError) {
        var offset = 0
        while offset < bytes.count {
            let wrote = unsafe bytes.extracting(offset..<bytes.count).withUnsafeBufferPointer {
                unsafe Glibc.write(rawValue, $0.baseAddress, $0.count)
            }
            if wrote >= 0 {
                offset += wrote
            } else if errno != EINTR {
                throw failure("write")
            }
        }
    }

    /// Writes all of `bytes` at `position`.
    ///
    /// The corresponding C function is `pwrite`.
    package func write(_ bytes: Span<UInt8>, at position: UInt64) throws(ArchivesError) {
        var offset = 0
        while offset < bytes.count {
            let wrote = unsafe bytes.extracting(offset..<bytes.count).withUnsafeBufferPointer {
                unsafe pwrite(
                    rawValue, $0.baseAddress, $0.count, off_t(position) + off_t(offset))
            }
            if wrote >= 0 {
                offset += wrote
            } else if errno != EINTR {
                throw failure("write")
            }
        }
    }

    /// The corresponding C function is `ftruncate`.
    func setSize(_ size: UInt64) throws(ArchivesError) {
        if ftruncate(rawValue, off_t(size)) != 0 { throw failure("set the size of") }
    }

    /// The corresponding C function is `fchmod`.
    package func setMode(_ mode: UInt32) throws(ArchivesError) {
        if fchmod(rawValue, mode) != 0 { throw failure("set the mode of") }
    }

    /// Sets the modification time and leaves the access time.
    ///
    /// The corresponding C function is `futimens`.
    package func setModificationTime(_ seconds: Int64) throws(ArchivesError) {
        let times = modificationTimes(seconds)
        if unsafe futimens(rawValue, times) != 0 { throw failure("set the time of") }
    }

    func failure(_ operation: String) -> ArchivesError {
        .system(operation: operation, path: path, code: errno)
    }
}

/// The argument of `futimens` that leaves the access time (UTIME_OMIT, a macro that Swift does not
/// import) and sets the modification time to whole seconds.
func modificationTimes(_ seconds: Int64) -> [timespec] {
    [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: Int(seconds), tv_nsec: 0)]
}
