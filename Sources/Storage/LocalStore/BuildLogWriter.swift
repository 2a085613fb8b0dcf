import Archives
import Primitives
import Synchronization

/// The log of one build, compressed while it runs. Appears under its name when it is finished, also
/// after a failed build; a log that is never finished is removed.
public final class BuildLogWriter: Sendable {
    /// Where the finished log lies, relative to the state directory.
    public let relativePath: String

    private let folder: StoreFolder
    private let name: FileName
    private let partialName: FileName
    private let sink: Mutex<CompressingSink<FileSink>?>

    /// Begins a log; what a killed build left of it is overwritten.
    ///
    /// - Parameter folder: the directory that will hold it.
    init(_ name: String, in folder: consuming DirectoryDescriptor, relativePath: String) throws {
        self.relativePath = relativePath
        self.name = try FileName(name)
        partialName = try FileName(name + ".partial")
        try Self.discard(partialName, in: folder)
        let file = try folder.createFile(partialName, mode: 0o644)
        try file.setMode(0o644)
        sink = Mutex(try CompressingSink(.zstd, into: FileSink(file)))
        self.folder = StoreFolder(folder)
    }

    deinit {
        // A finished log has its name. The partial one may be that of the next build already: of a
        // derivation that is built several times, the last to let go of a log may come late.
        let wasOpen = sink.withLock { sink in
            guard let open = sink.take() else { return false }
            _ = consume open
            return true
        }
        // The next build of the derivation overwrites what stays.
        if wasOpen { try? Self.discard(partialName, in: folder.descriptor) }
    }

    private static func discard(
        _ name: FileName, in folder: borrowing DirectoryDescriptor
    ) throws {
        if try folder.statusIfPresent(of: name) != nil { try folder.removeFile(name) }
    }

    /// Adds what the builder said.
    public func write(_ bytes: Span<UInt8>) throws {
        // A span cannot go into the closure; logs come in small pieces.
        let copy = bytes.copied()
        try sink.withLock { try $0?.write(copy.span) }
    }

    /// Adds what the builder said.
    public func write(_ bytes: [UInt8]) throws { try sink.withLock { try $0?.write(bytes.span) } }

    /// Ends the log and gives it its name, replacing an earlier one of the same derivation.
    public func finish() throws {
        do {
            let wasOpen = try sink.withLock { sink in
                guard var open = sink.take() else { return false }
                try open.finish()
                return true
            }
            guard wasOpen else { return }
            try folder.descriptor.rename(partialName, to: name, in: folder.descriptor)
        } catch {
            // Why the log is not whole matters more.
            try? Self.discard(partialName, in: folder.descriptor)
            throw error
        }
    }
}
