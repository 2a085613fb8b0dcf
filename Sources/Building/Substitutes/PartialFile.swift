import Glibc
import Primitives

/// The bytes of one download that are there so far, with their running hash.
///
/// The descriptor is opened without following links and locked for as long as this object lives,
/// so that two processes that want the same file do not write into each other.
final class PartialFile {
    let path: String
    private let descriptor: Int32
    private let algorithm: HashAlgorithm
    private var hashing: HashingContext
    /// Bytes in the file, all of them hashed.
    private(set) var count: UInt64 = 0
    /// How often everything was forgotten: as long as this stays the same, older bytes are still
    /// in the file.
    private(set) var restarts = 0

    /// Opens or makes the file and waits for its lock.
    ///
    /// - Parameter keepingAtMost: what an earlier run left is hashed and kept if it is at most so
    ///   many bytes; `nil` starts from nothing.
    init(path: String, algorithm: HashAlgorithm, keepingAtMost limit: UInt64?)
        throws(DownloadError)
    {
        self.path = path
        self.algorithm = algorithm
        hashing = HashingContext(algorithm)
        descriptor = try Self.openLocked(path)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("examine") }
        if status.st_size == 0 { return }
        guard let limit, UInt64(status.st_size) <= limit else {
            try restart()
            return
        }
        try hashWhatIsThere()
    }

    deinit { close(descriptor) }

    /// The digest of the bytes so far.
    var digest: Digest { hashing.snapshot() }

    /// Forgets everything.
    func restart() throws(DownloadError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw failure("truncate")
        }
        hashing = HashingContext(algorithm)
        count = 0
        restarts += 1
    }

    /// Adds bytes at the end.
    func append(_ bytes: Span<UInt8>) throws(DownloadError) {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                let error = failure("write to")
                // A half-written piece is not hashed; without it the file stays resumable.
                _ = ftruncate(descriptor, Int(count))
                throw error
            }
            offset += written
        }
        hashing.update(bytes)
        count += UInt64(bytes.count)
    }

    /// Removes the file if nothing is in it that a later run could go on from.
    func discardIfEmpty() {
        if count == 0 { unsafe unlink(path.systemPath) }
    }

    /// Gives the whole and checked file its name, with mode 0644.
    func publish(as destination: String) throws(DownloadError) {
        guard fchmod(descriptor, 0o644) == 0 else { throw failure("set the mode of") }
        if unsafe rename(path.systemPath, destination.systemPath) == 0 { return }
        guard errno == EXDEV else { throw Self.failure("rename \(path) to", destination) }
        try copy(to: destination)
        guard unsafe unlink(path.systemPath) == 0 else { throw failure("remove") }
    }

    /// Another file system: the copy is made beside the destination and renamed when it is whole.
    private func copy(to destination: String) throws(DownloadError) {
        let temporary = "\(destination).copy-\(getpid())"
        let output = unsafe open(
            temporary.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard output >= 0 else { throw Self.failure("create", temporary) }
        defer { close(output) }
        do throws(DownloadError) {
            var position: off_t = 0
            while UInt64(position) < count {
                let sent = unsafe sendfile(output, descriptor, &position, 1 << 24)
                if sent < 0 && errno == EINTR { continue }
                guard sent > 0 else { throw Self.failure("copy \(path) to", temporary) }
            }
            guard unsafe rename(temporary.systemPath, destination.systemPath) == 0 else {
                throw Self.failure("rename \(temporary) to", destination)
            }
        } catch {
            unsafe unlink(temporary.systemPath)
            throw error
        }
    }

    private func hashWhatIsThere() throws(DownloadError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let taken = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if taken < 0 && errno == EINTR { continue }
            guard taken >= 0 else { throw failure("read") }
            if taken == 0 { break }
            hashing.update(buffer.span.extracting(first: taken))
            count += UInt64(taken)
        }
    }

    /// Opens the file for this process alone. What is there but was not made by this program
    /// (a link, another user's file, a file with a second name) is removed, never written to.
    private static func openLocked(_ path: String) throws(DownloadError) -> Int32 {
        for _ in 0..<16 {
            let descriptor = unsafe open(
                path.systemPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            if descriptor < 0 && errno != ELOOP && errno != ENXIO {
                throw failure("open", path)
            }
            if let reason = strangeness(descriptor) {
                if descriptor >= 0 { close(descriptor) }
                guard unsafe unlink(path.systemPath) == 0 || errno == ENOENT else {
                    throw .unsafePartial(path: path, reason: reason)
                }
                continue
            }
            while flock(descriptor, LOCK_EX) != 0 {
                if errno == EINTR { continue }
                let error = failure("lock", path)
                close(descriptor)
                throw error
            }
            // Whoever held the lock may have published the file: the name is then another's.
            if isNamed(path, descriptor) { return descriptor }
            close(descriptor)
        }
        throw .unsafePartial(path: path, reason: "it keeps changing under this program")
    }

    private static func strangeness(_ descriptor: Int32) -> String? {
        guard descriptor >= 0 else { return "it is a link or a special file" }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return "it cannot be examined" }
        if status.st_mode & S_IFMT != S_IFREG { return "it is not a regular file" }
        if status.st_nlink != 1 { return "it has \(status.st_nlink) names" }
        if status.st_uid != geteuid() { return "it belongs to user \(status.st_uid)" }
        if status.st_mode & 0o022 != 0 { return "others may write to it" }
        return nil
    }

    private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
        var opened = stat()
        var named = stat()
        return unsafe fstat(descriptor, &opened) == 0 && lstat(path.systemPath, &named) == 0
            && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
    }

    private func failure(_ operation: String) -> DownloadError { Self.failure(operation, path) }

    private static func failure(_ operation: String, _ path: String) -> DownloadError {
        .fileSystem(operation: operation, path: path, code: errno)
    }
}
