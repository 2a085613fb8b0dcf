import CKernel
import Glibc
package import Primitives

/// An open directory; closed when it goes out of scope.
///
/// All work on file trees is anchored to such descriptors and to single names in them, never to
/// paths that somebody could redirect in between, and never follows a symbolic link.
@safe
package struct DirectoryDescriptor: ~Copyable, Sendable {
    /// The descriptor, valid as long as this value.
    package let rawValue: Int32
    private let place: MessagePath
    /// The path for messages.
    package var path: String { place.text }

    /// Takes over a descriptor.
    ///
    /// - Parameter descriptor: an open descriptor of a directory that nobody else closes.
    /// - Parameter path: a name for messages.
    package init(owning descriptor: Int32, path: String) {
        self.init(owning: descriptor, at: MessagePath(path))
    }

    private init(owning descriptor: Int32, at place: MessagePath) {
        rawValue = descriptor
        self.place = place
    }

    /// Opens a directory. Symbolic links in `path` are followed: this is where trust in a path
    /// begins.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(opening path: String) throws(ArchivesError) {
        let opened = unsafe nodeos_openat(AT_FDCWD, path.systemPath, O_RDONLY | O_DIRECTORY, 0)
        if opened < 0 { throw .system(operation: "open directory", path: path, code: -opened) }
        self.init(owning: opened, at: MessagePath(path))
    }

    deinit { close(rawValue) }

    /// Opens the directory `name`, not through a symbolic link.
    ///
    /// The corresponding C function is `openat` with `O_DIRECTORY | O_NOFOLLOW`.
    package func openDirectory(_ name: FileName) throws(ArchivesError) -> DirectoryDescriptor {
        let opened = try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, to: "open directory")
        return DirectoryDescriptor(owning: opened, at: place.entry(name))
    }

    /// Opens the same directory again, at its beginning.
    package func reopened() throws(ArchivesError) -> DirectoryDescriptor {
        let opened = unsafe nodeos_openat(rawValue, ".", O_RDONLY | O_DIRECTORY, 0)
        if opened < 0 { throw .system(operation: "open directory", path: path, code: -opened) }
        return DirectoryDescriptor(owning: opened, at: place)
    }

    /// Opens the parent directory.
    ///
    /// - Parameter name: the name of this directory there, for messages.
    func openParent(of name: FileName) throws(ArchivesError) -> DirectoryDescriptor {
        let opened = unsafe nodeos_openat(rawValue, "..", O_RDONLY | O_DIRECTORY, 0)
        if opened < 0 {
            throw .system(operation: "open the parent of", path: path, code: -opened)
        }
        if let parent = place.parent { return DirectoryDescriptor(owning: opened, at: parent) }
        let suffix = "/\(name)"
        return DirectoryDescriptor(
            owning: opened,
            at: path.hasSuffix(suffix) ? MessagePath(String(path.dropLast(suffix.count))) : place)
    }

    /// Opens the regular file `name` for reading, not through a symbolic link.
    ///
    /// The corresponding C function is `openat` with `O_NOFOLLOW | O_NONBLOCK`.
    package func openFile(_ name: FileName) throws(ArchivesError) -> OpenFile {
        let opened = try open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, to: "open")
        return OpenFile(owning: opened, at: place.entry(name))
    }

    /// Creates the file `name`, which must not exist, for writing.
    ///
    /// The corresponding C function is `openat` with `O_CREAT | O_EXCL | O_NOFOLLOW`.
    package func createFile(_ name: FileName, mode: UInt32) throws(ArchivesError) -> OpenFile {
        let opened = try open(
            name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, to: "create")
        return OpenFile(owning: opened, at: place.entry(name))
    }

    /// Opens the existing file `name` for writing and empties it, not through a symbolic link.
    package func openForReplacing(_ name: FileName) throws(ArchivesError) -> OpenFile {
        let opened = try open(name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, to: "open")
        return OpenFile(owning: opened, at: place.entry(name))
    }

    /// Creates the directory `name`, which must not exist.
    package func makeDirectory(_ name: FileName, mode: UInt32) throws(ArchivesError) {
        if unsafe mkdirat(rawValue, name.terminated, mode) != 0 {
            throw creationFailure("create directory", name)
        }
    }

    /// Creates the symbolic link `name`, which must not exist.
    package func makeSymlink(_ name: FileName, target: ByteString) throws(ArchivesError) {
        if unsafe symlinkat(target.bytes + [0], rawValue, name.terminated) != 0 {
            throw creationFailure("create symbolic link", name)
        }
    }

    /// Gives the file `source` of another directory a second name here.
    package func makeLink(
        _ name: FileName, to source: FileName, in other: borrowing DirectoryDescriptor
    ) throws(ArchivesError) {
        let result = unsafe linkat(
            other.rawValue, source.terminated, rawValue, name.terminated, 0)
        if result != 0 { throw creationFailure("create hard link", name) }
    }

    /// What the kernel knows about `name`, not through a symbolic link.
    package func status(of name: FileName) throws(ArchivesError) -> NodeStatus {
        var status = stat()
        if unsafe fstatat(rawValue, name.terminated, &status, AT_SYMLINK_NOFOLLOW) != 0 {
            throw failure("inspect", name)
        }
        return NodeStatus(status)
    }

    /// What the kernel knows about `name`; `nil` when there is no such entry.
    package func statusIfPresent(of name: FileName) throws(ArchivesError) -> NodeStatus? {
        var status = stat()
        if unsafe fstatat(rawValue, name.terminated, &status, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT { return nil }
            throw failure("inspect", name)
        }
        return NodeStatus(status)
    }

    /// What the kernel knows about the directory itself.
    package func status() throws(ArchivesError) -> NodeStatus {
        var status = stat()
        if unsafe fstat(rawValue, &status) != 0 {
            throw .system(operation: "inspect", path: path, code: errno)
        }
        return NodeStatus(status)
    }

    /// The target of the symbolic link `name`.
    package func readLink(_ name: FileName) throws(ArchivesError) -> ByteString {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = unsafe readlinkat(rawValue, name.terminated, &buffer, buffer.count)
        if count < 0 { throw failure("read symbolic link", name) }
        return ByteString(buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }

    /// The target of the symbolic link at `path`, which begins at `/` or here; `nil` when something
    /// else is there. Links on the way are followed, and nothing but search permission is needed.
    ///
    /// The corresponding C function is `readlinkat`.
    package func linkTarget(at path: ByteString) throws(ArchivesError) -> ByteString? {
        let terminated = path.bytes + [0]
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = unsafe readlinkat(rawValue, terminated, &buffer, buffer.count)
        if count >= 0 { return ByteString(buffer.prefix(count).map { UInt8(bitPattern: $0) }) }
        var code = errno
        if code == EINVAL {
            // As a rule it is no link; but not when it is one all the same.
            var status = stat()
            if unsafe fstatat(rawValue, terminated, &status, AT_SYMLINK_NOFOLLOW) != 0 {
                code = errno
            } else if status.st_mode & S_IFMT != S_IFLNK {
                return nil
            }
        }
        throw .system(
            operation: "read symbolic link", path: path.description, code: code)
    }

    /// Removes `name`, which must not be a directory.
    package func removeFile(_ name: FileName) throws(ArchivesError) {
        if unsafe unlinkat(rawValue, name.terminated, 0) != 0 { throw failure("remove", name) }
    }

    /// Removes the empty directory `name`.
    package func removeDirectory(_ name: FileName) throws(ArchivesError) {
        if unsafe unlinkat(rawValue, name.terminated, Int32(AT_REMOVEDIR)) != 0 {
            throw failure("remove directory", name)
        }
    }

    /// The path of `name`, for messages.
    package func path(of name: FileName) -> String {
        MessagePath.text(of: name, in: path)
    }

    func failure(_ operation: String, _ name: FileName) -> ArchivesError {
        .system(operation: operation, path: path(of: name), code: errno)
    }

    private func creationFailure(_ operation: String, _ name: FileName) -> ArchivesError {
        errno == EEXIST ? .destinationExists(path: path(of: name)) : failure(operation, name)
    }

    private func open(
        _ name: FileName, _ flags: Int32, _ mode: UInt32 = 0, to operation: String
    ) throws(ArchivesError) -> Int32 {
        let opened = unsafe nodeos_openat(rawValue, name.terminated, flags, mode)
        if opened == -EEXIST { throw .destinationExists(path: path(of: name)) }
        if opened < 0 { throw .system(operation: operation, path: path(of: name), code: -opened) }
        return opened
    }
}
