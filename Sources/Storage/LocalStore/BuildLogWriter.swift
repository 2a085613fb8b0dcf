import Archives
import Glibc
import Primitives
import Synchronization

/// The log of one build. While it runs, what it printed lies in a plain file that others may read and
/// that is locked, so that they see that it runs; at its end, also after a failure, it is compressed and
/// gets its name. A log that is never finished is removed.
package final class BuildLogWriter: Sendable {
    /// Where the finished log lies, relative to the state directory.
    package let relativePath: String

    private let log: Mutex<OpenLog?>

    /// Begins a log; what a killed build left of it is overwritten.
    ///
    /// - Parameter folder: the directory that will hold it.
    init(_ name: String, in folder: consuming DirectoryDescriptor, relativePath: String) throws {
        self.relativePath = relativePath
        log = Mutex(try OpenLog(name, in: StoreFolder(folder)))
    }

    deinit {
        // The plain file may be that of the next build already: of a derivation that is built several
        // times, the last to let go of a log may come late.
        log.withLock { log in
            // A leftover costs nothing but its bytes: the next build overwrites it.
            if let open = log.take() { try? open.discard() }
        }
    }

    /// Adds what the builder said.
    package func write(_ bytes: Span<UInt8>) {
        // A span cannot go into the closure; logs come in small pieces.
        write(bytes.copied())
    }

    /// Adds what the builder said. A disk that is full ends no build here: ``finish()`` tells it, when
    /// what the builder itself has to say of it is known.
    package func write(_ bytes: [UInt8]) { log.withLock { $0?.write(bytes) } }

    /// Ends the log and gives it its name, replacing an earlier one of the same derivation.
    ///
    /// - Throws: why it is not whole.
    package func finish() throws {
        try log.withLock { log in
            guard var open = log.take() else { return }
            do { try open.finish() } catch {
                // The reason why it could not be finished is the one that counts.
                try? open.discard()
                throw error
            }
        }
    }
}

/// The files of a log that is being written.
private struct OpenLog: ~Copyable {
    /// How much may lie there uncompressed: what is more, nobody sees before the end.
    private static let plainLimit = 16 << 20

    private let folder: StoreFolder
    private let name: FileName
    /// What is compressed already: nothing, or all of it.
    private let compressedName: FileName
    private let plainName: FileName
    private let plain: FileLock
    private var count = 0
    private var compressed: CompressingSink<FileSink>?
    /// Why the rest is missing.
    private var failure: (any Error)?

    init(_ name: String, in folder: StoreFolder) throws {
        let plainName = try FileName(name + LocalStore.runningLogSuffix)
        let compressedName = try FileName(name + LocalStore.logSuffix + ".partial")
        try Self.discard([compressedName, plainName], in: folder)
        self.init(
            folder: folder, name: try FileName(name + LocalStore.logSuffix),
            compressedName: compressedName, plainName: plainName,
            plain: try Self.lockedFile(plainName, in: folder))
    }

    private init(
        folder: StoreFolder, name: FileName, compressedName: FileName, plainName: FileName,
        plain: consuming FileLock
    ) {
        self.folder = folder
        self.name = name
        self.compressedName = compressedName
        self.plainName = plainName
        self.plain = plain
        compressed = nil
        failure = nil
    }

    private static func lockedFile(_ name: FileName, in folder: StoreFolder) throws -> FileLock {
        let path = folder.descriptor.path(of: name)
        guard
            let lock = try FileLock.acquire(name, in: folder.descriptor, .exclusive, waits: false)
        else { throw LocalStoreError.inUse(by: path) }
        // Whoever may read the finished log may read this one, too.
        guard fchmod(lock.descriptor, 0o644) == 0 else {
            throw LocalStoreError.system(operation: "set the mode of", path: path, code: errno)
        }
        return lock
    }

    mutating func write(_ bytes: [UInt8]) {
        guard failure == nil else { return }
        do { try add(bytes) } catch { failure = error }
    }

    private mutating func add(_ bytes: [UInt8]) throws {
        if count >= Self.plainLimit {
            try compressWhatIsThere()
            try compressed?.write(bytes.span)
        } else {
            try plain.append(bytes, path: folder.descriptor.path(of: plainName))
        }
        count += bytes.count
    }

    mutating func finish() throws {
        if let failure { throw failure }
        try compressWhatIsThere()
        try compressed?.finish()
        try folder.descriptor.rename(compressedName, to: name, in: folder.descriptor)
        // Those who follow the log find the finished one as soon as the lock is free.
        try Self.discard([plainName], in: folder)
    }

    /// Leaves nothing of a log that will not be finished.
    consuming func discard() throws {
        try Self.discard([compressedName, plainName], in: folder)
    }

    private mutating func compressWhatIsThere() throws {
        guard compressed == nil else { return }
        let file = try folder.descriptor.createFile(compressedName, mode: 0o644)
        try file.setMode(0o644)
        var sink = try CompressingSink(.zstd, into: FileSink(file))
        var source = FileSource(try folder.descriptor.openFile(plainName))
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = try source.read(into: &buffer), count > 0 {
            try sink.write(buffer.span.extracting(0..<count))
        }
        compressed = consume sink
    }

    private static func discard(_ names: [FileName], in folder: StoreFolder) throws {
        for name in names where try folder.descriptor.statusIfPresent(of: name) != nil {
            try folder.descriptor.removeFile(name)
        }
    }
}
