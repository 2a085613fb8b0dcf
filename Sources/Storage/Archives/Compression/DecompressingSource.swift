public import Primitives

/// Reads what is compressed in another source; gzip, xz, lzma, zstd, bzip2 and plain bytes are
/// told apart by their first bytes.
public struct DecompressingSource: ByteSource, ~Copyable {
    private var reader: ArchiveReader
    private var isAtEnd: Bool

    /// A source of the bytes that are compressed in `source`.
    ///
    /// - Parameter name: of the source, for messages.
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)`` and what `source` throws.
    public init<Source: ByteSource & ~Copyable>(_ source: consuming Source, name: String) throws {
        try self.init(Feed(source), name: name)
    }

    /// A source of the bytes that are compressed in what `feed` gives.
    init(_ feed: Feed, name: String) throws {
        var reader = try ArchiveReader(feed, name: name, content: .raw)
        isAtEnd = try reader.next() == nil
        self.reader = reader
    }

    /// The number of bytes read of the input, as it is compressed.
    var compressedByteCount: UInt64 { reader.compressedByteCount }

    /// Whether a decompressor is at work.
    var isCompressed: Bool { reader.isCompressed }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    public mutating func read(into buffer: inout [UInt8]) throws -> Int {
        if isAtEnd { return 0 }
        let count = try reader.read(into: &buffer)
        if count == 0 { isAtEnd = true }
        return count
    }
}
