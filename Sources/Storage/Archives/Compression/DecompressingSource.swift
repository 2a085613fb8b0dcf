package import Primitives

/// Reads what is compressed in another source, also what is compressed more than once; gzip, xz, lzma,
/// zstd, bzip2 and plain bytes are told apart by their first bytes. Checksums are compared, and no
/// stream takes more memory than 256 MiB.
package struct DecompressingSource: ByteSource, ~Copyable {
    /// How often something may be compressed: each time takes memory.
    private static let maximumLayers = 4

    private let pull: (inout [UInt8]) throws -> Int
    private let input: CountedInput
    /// Whether a decompressor is at work.
    let isCompressed: Bool

    /// A source of the bytes that are compressed in `source`.
    ///
    /// - Parameter name: of the source, for messages.
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)`` and what `source` throws.
    package init<Source: ByteSource & ~Copyable>(_ source: consuming Source, name: String) throws {
        let box = SourceBox(source)
        try self.init(name: name) { try box.source.read(into: &$0) }
    }

    /// A source of the bytes that are compressed in what `pull` gives.
    init(name: String, _ pull: @escaping (inout [UInt8]) throws -> Int) throws {
        let input = CountedInput(pull)
        self.input = input
        var pull = input.read
        var layers = 0
        while true {
            let peeked = try PeekedInput(pull)
            if let format = StreamDecoder.Format(peeked.beginning[...]) {
                pull = try StreamDecoder(format, name: name, peeked.read).read
            } else if peeked.beginning.starts(with: [0x28, 0xb5, 0x2f, 0xfd])
                || peeked.beginning.starts(with: Array("BZh".utf8))
                || peeked.isSkippableFrame
            {
                let reader = try FilterReader(
                    ArchiveReader(filtered: Feed(peeked.read), name: name))
                pull = reader.read
                if reader.filterCount < 1 { break }
                // libarchive itself looks for bzip2 and zstd inside each other.
                layers += reader.filterCount - 1
            } else {
                pull = peeked.read
                break
            }
            layers += 1
            guard layers <= Self.maximumLayers else {
                throw ArchivesError.damagedArchive(
                    archive: name, entry: nil,
                    message: "it is compressed more than \(Self.maximumLayers) times")
            }
        }
        self.pull = pull
        isCompressed = layers > 0
    }

    /// The number of bytes read of the input, as it is compressed.
    var compressedByteCount: UInt64 { input.count }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    package mutating func read(into buffer: inout [UInt8]) throws -> Int { try pull(&buffer) }
}

/// Counts what is read.
private final class CountedInput {
    private let pull: (inout [UInt8]) throws -> Int
    private(set) var count: UInt64 = 0

    init(_ pull: @escaping (inout [UInt8]) throws -> Int) { self.pull = pull }

    func read(_ buffer: inout [UInt8]) throws -> Int {
        let got = try pull(&buffer)
        count += UInt64(got)
        return got
    }
}

/// Reads the first bytes ahead, so that they can be looked at.
private final class PeekedInput {
    private let pull: (inout [UInt8]) throws -> Int
    private var ahead: [UInt8] = []
    /// The first bytes; fewer than are looked for only when there are no more.
    let beginning: [UInt8]

    init(_ pull: @escaping (inout [UInt8]) throws -> Int) throws {
        self.pull = pull
        var buffer = [UInt8](repeating: 0, count: 4096)
        while ahead.count < StreamDecoder.Format.lookahead {
            let got = try pull(&buffer)
            if got == 0 { break }
            ahead += buffer[..<got]
        }
        beginning = Array(ahead.prefix(StreamDecoder.Format.lookahead))
    }

    /// zstd files may begin with a frame that holds something else (RFC 8878, section 3.1.2).
    var isSkippableFrame: Bool {
        beginning.count > 4 && beginning[0] & 0xf0 == 0x50
            && beginning[1...3] == [0x2a, 0x4d, 0x18]
    }

    func read(_ buffer: inout [UInt8]) throws -> Int {
        guard !ahead.isEmpty else { return try pull(&buffer) }
        let count = min(ahead.count, buffer.count)
        buffer.replaceSubrange(..<count, with: ahead[..<count])
        ahead.removeFirst(count)
        return count
    }
}

/// What libarchive's own filters decompress.
private final class FilterReader {
    private var reader: ArchiveReader
    private var isAtEnd: Bool

    init(_ reader: consuming ArchiveReader) throws {
        var reader = reader
        isAtEnd = try reader.next() == nil
        self.reader = reader
    }

    var filterCount: Int { reader.filterCount }

    func read(_ buffer: inout [UInt8]) throws -> Int {
        if isAtEnd { return 0 }
        let count = try reader.read(into: &buffer)
        if count == 0 { isAtEnd = true }
        return count
    }
}
