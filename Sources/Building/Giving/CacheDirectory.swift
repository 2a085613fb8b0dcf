import Archives
import Glibc
package import LocalStore
import Primitives
package import StoreModel
import Substitutes

/// A binary cache in a directory of this machine.
///
/// Who adds to it holds a shared lock, who removes from it an exclusive one (`.lock`): nothing is taken
/// away that what comes refers to. What is added lies under `.incoming` until it is whole.
package final class CacheDirectory: Sendable {
    /// Where it is, absolute.
    package let path: String
    let root: DirectoryDescriptor
    private let lock: FileLock?

    private static let lockName = ".lock"
    static let incomingName = ".incoming"
    static let narFolder = "nar"

    /// Opens a cache.
    ///
    /// - Parameters:
    ///   - mode: exclusive to remove something.
    ///   - mustLock: whether it is an error when this user may not write there.
    /// - Throws: `BinaryCacheError` when it is none, or of another store.
    package init(
        opening path: String, for store: StoreDirectory, _ mode: FileLock.Mode, mustLock: Bool
    ) throws {
        let root = try DirectoryDescriptor.opening(path)
        guard let bytes = try Self.contents(of: CacheInfo.fileName, in: root) else {
            throw BinaryCacheError.notACache(url: path)
        }
        _ = try CacheInfo(parsing: bytes, from: path, for: store)
        do { lock = try Self.acquire(mode, in: root, waits: true) } catch LocalStoreError.system(
            _, _, let code) where !mustLock && [EACCES, EROFS, EPERM].contains(code)
        { lock = nil }
        self.path = path
        self.root = root
    }

    /// Opens a cache to add to it; one that is not there is made.
    ///
    /// - Throws: `BinaryCacheError` when it is of another store, or a directory of something else.
    package init(making path: String, for store: StoreDirectory) throws {
        let root = try DirectoryDescriptor.making(path)
        let bytes = try Self.contents(of: CacheInfo.fileName, in: root)
        if let bytes {
            _ = try CacheInfo(parsing: bytes, from: path, for: store)
        } else if let name = try Self.foreignFile(in: root) {
            throw BinaryCacheError.notEmpty(url: path, file: name)
        }
        // Alone here: what lies under `.incoming` is of processes that are dead.
        if let alone = try Self.acquire(.exclusive, in: root, waits: false) {
            try Self.removeIncoming(in: root)
            _ = try FileLock.lock(alone.descriptor, .shared, waits: true, path: path)
            lock = consume alone
        } else {
            lock = try Self.acquire(.shared, in: root, waits: true)
        }
        try root.makeDirectoryIfAbsent(FileName(Self.incomingName))
        try root.makeDirectoryIfAbsent(FileName(Self.narFolder))
        self.path = path
        self.root = root
        if bytes == nil { try put(Array(CacheInfo.text(for: store).utf8), as: CacheInfo.fileName) }
    }

    private static func acquire(
        _ mode: FileLock.Mode, in root: borrowing DirectoryDescriptor, waits: Bool
    ) throws -> FileLock? {
        try FileLock.acquire(
            FileName(lockName), in: root, mode, permissions: 0o666, waits: waits)
    }

    private static func foreignFile(in root: borrowing DirectoryDescriptor) throws -> String? {
        let listing = try DirectoryListing(of: root.reopened())
        return (0..<listing.count).lazy.map { listing.name(at: $0).description }
            .first { !ownNames.contains($0) }
    }

    private static let ownNames = [lockName, incomingName, narFolder, CacheInfo.fileName]

    static func removeIncoming(in root: borrowing DirectoryDescriptor) throws {
        let name = try FileName(incomingName)
        if try root.statusIfPresent(of: name) != nil { try removeTree(name, in: root) }
    }

    // MARK: Files

    /// The bytes of the file `name`; `nil` when there is none.
    package func contents(of name: String, limit: Int) throws -> [UInt8]? {
        try Self.contents(of: name, in: root, limit: limit)
    }

    private static func contents(
        of name: String, in root: borrowing DirectoryDescriptor,
        limit: Int = CacheInfo.maximumCount
    ) throws -> [UInt8]? {
        let name = try FileName(name)
        guard let status = try root.statusIfPresent(of: name) else { return nil }
        let path = root.path(of: name)
        // Opening a named pipe would wait for somebody who writes to it.
        guard case .regular = status.kind else {
            throw BinaryCacheError.malformed(url: path, reason: "it is no regular file")
        }
        guard status.size <= limit else {
            throw BinaryCacheError.malformed(url: path, reason: "it has \(status.size) bytes")
        }
        return try root.openUnnoticed(name).bytes(at: 0, count: limit)
    }

    /// Gives a small file its name when it is on the disk.
    func put(_ bytes: [UInt8], as name: String) throws {
        let work = try WorkDirectory(in: "\(path)/\(Self.incomingName)")
        let folder = try DirectoryDescriptor(opening: work.path)
        let name = try FileName(name)
        try folder.createFile(name, mode: 0o644).write(bytes.span)
        try folder.synchroniseFileSystem()
        try folder.rename(name, to: name, in: root)
        try root.synchronise()
    }

    /// Calls `body` with the directory of a file and its name there; symbolic links are not followed.
    ///
    /// - Returns: `nil` when there is no such directory.
    func withFolder<Value>(
        of file: String, _ body: (borrowing DirectoryDescriptor, FileName) throws -> Value
    ) throws -> Value? {
        let parts = file.utf8.split(separator: 0x2f).map { String(Substring($0)) }
        guard let last = parts.last else { return nil }
        var folder = try root.reopened()
        for part in parts.dropLast() {
            let name = try FileName(part)
            guard try folder.statusIfPresent(of: name) != nil else { return nil }
            folder = try folder.openDirectory(name)
        }
        return try body(folder, FileName(last))
    }
}

extension DirectoryDescriptor {
    /// Makes a directory, unless there is one.
    fileprivate func makeDirectoryIfAbsent(_ name: FileName) throws {
        do { try makeDirectory(name, mode: 0o755) } catch ArchivesError.destinationExists {}
    }

    /// When a file was changed or read last, in seconds since 1970, as far as the file system writes it down.
    func lastUse(of name: FileName) throws -> Int64 {
        var status = stat()
        guard
            unsafe fstatat(
                rawValue, name.description.systemPath, &status, AT_SYMLINK_NOFOLLOW) == 0
        else {
            throw ArchivesError.system(operation: "inspect", path: path(of: name), code: errno)
        }
        return Int64(max(status.st_mtim.tv_sec, status.st_atim.tv_sec))
    }

    /// Opens a file for reading, where possible without a trace in its access time: what looks after a
    /// cache does not use it.
    func openUnnoticed(_ name: FileName) throws -> OpenFile {
        // `O_NOATIME`, which Swift does not import.
        let withoutAccessTime: Int32 = 0o1_000_000
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | withoutAccessTime
        let opened = unsafe openat(rawValue, name.description.systemPath, flags)
        // Only the file's owner may ask for that.
        guard opened >= 0 else { return try openFile(name) }
        return OpenFile(owning: opened, path: path(of: name))
    }
}
