import CArchive
import Primitives

/// libarchive's reader, entry by entry; freed when it goes out of scope.
///
/// Only filters and formats that libarchive itself implements are enabled: none that starts
/// another program. An archive is unpacked by a reader of its own, whose bytes are counted: a few
/// kilobytes of zstd can hold a cpio header that says that 4 GiB of name follow, and libarchive
/// would keep them all.
@safe
struct ArchiveReader: ~Copyable {
    /// How many bytes one header may take: names, extended attributes, the map of a sparse file.
    private static let headerLimit = 16 << 20

    /// The name of the archive for messages.
    let name: String
    private let handle: OpaquePointer
    /// The zip archive that libarchive reads, here and there.
    private let zip: ZipInput?
    /// What libarchive pulls from.
    private let feed: Feed?
    /// What decompresses for the feed.
    private let unpacked: SourceBox<DecompressingSource>?
    private let usesUTF8: Bool
    private var entryName: String?

    /// A reader of a zip archive, which is read from its end. Its directory may be long, but not
    /// longer than the file.
    init(zip file: consuming OpenFile, name: String) throws {
        let zip = try ZipInput(file, name: name)
        let handle = try unsafe Self.create(name, [archive_read_support_format_zip])
        if unsafe zip.open(handle) != ARCHIVE_OK {
            let failure = unsafe Self.discard(handle, name)
            throw zip.failure ?? failure
        }
        self.name = name
        self.zip = zip
        feed = nil
        unpacked = nil
        usesUTF8 = false
        unsafe self.handle = unsafe handle
    }

    /// A reader of the archive that `pull` gives, compressed or not.
    ///
    /// - Parameter usesUTF8: whether names that the archive says are UTF-8 are read as that, and
    ///   composed; else all names are the bytes that stand there.
    init(
        name: String, usesUTF8: Bool, _ pull: @escaping (inout [UInt8]) throws -> Int
    ) throws {
        let source = SourceBox(try DecompressingSource(name: name, pull))
        try unsafe self.init(
            Feed { try source.source.read(into: &$0) }, source, Self.formats, name, usesUTF8)
    }

    /// A reader of any bytes as one entry, decompressed when they are bzip2 or zstd.
    init(filtered feed: Feed, name: String) throws {
        try unsafe self.init(feed, nil, Self.filters, name, false)
    }

    private init(
        _ feed: Feed, _ unpacked: SourceBox<DecompressingSource>?, _ features: [Feature],
        _ name: String, _ usesUTF8: Bool
    ) throws {
        let handle = try unsafe Self.create(name, features)
        if unsafe feed.open(handle) != ARCHIVE_OK {
            let failure = unsafe Self.discard(handle, name)
            throw feed.failure ?? failure
        }
        self.name = name
        zip = nil
        self.feed = feed
        self.unpacked = unpacked
        self.usesUTF8 = usesUTF8
        unsafe self.handle = unsafe handle
    }

    private typealias Feature = (OpaquePointer?) -> Int32

    private static var formats: [Feature] {
        unsafe [
            archive_read_support_format_tar, archive_read_support_format_zip,
            archive_read_support_format_cpio, archive_read_support_format_ar,
        ]
    }

    private static var filters: [Feature] {
        unsafe [
            archive_read_support_filter_bzip2, archive_read_support_filter_zstd,
            archive_read_support_format_raw, archive_read_support_format_empty,
        ]
    }

    private static func create(
        _ name: String, _ features: [Feature]
    ) throws(ArchivesError) -> OpaquePointer {
        guard let handle = unsafe archive_read_new() else {
            throw .damagedArchive(archive: name, entry: nil, message: "out of memory")
        }
        if unsafe features.contains(where: { unsafe $0(handle) != ARCHIVE_OK }) {
            unsafe archive_read_free(handle)
            throw .damagedArchive(
                archive: name, entry: nil,
                message: "libarchive was built without bzip2 or zstd")
        }
        return unsafe handle
    }

    /// Frees a reader that could not be opened; returns why not.
    private static func discard(_ handle: OpaquePointer, _ name: String) -> ArchivesError {
        let text = unsafe archive_error_string(handle).map { unsafe String(cString: $0) }
        unsafe archive_read_free(handle)
        return .damagedArchive(archive: name, entry: nil, message: text ?? "unknown error")
    }

    deinit { unsafe archive_read_free(handle) }

    /// The next entry; `nil` at the end.
    mutating func next() throws -> ArchiveEntry? {
        let locale = unsafe usesUTF8 ? nodeos_locale_enter() : nil
        defer { unsafe nodeos_locale_leave(locale) }
        // What is left of the entry before is not part of the header.
        if entryName != nil, unsafe archive_read_data_skip(handle) < ARCHIVE_WARN {
            throw failure()
        }
        if unpacked != nil { feed?.allowance = Self.headerLimit }
        defer { feed?.allowance = nil }
        var found: OpaquePointer?
        let status = unsafe archive_read_next_header(handle, &found)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let found = unsafe found else {
            let isTooLong = feed?.allowance.map { $0 < 0 } ?? false
            throw failure(
                isTooLong ? "a header of more than \(Self.headerLimit >> 20) MiB" : nil)
        }
        guard let entry = unsafe ArchiveEntry(found) else {
            throw ArchivesError.damagedArchive(
                archive: name, entry: entryName.map { "after \($0)" },
                message: "an entry has no name, or one that cannot be read")
        }
        entryName = entry.path.description
        return entry
    }

    /// Gives the next piece of the entry's data and its offset to `body`.
    ///
    /// - Returns: `false` at the end of the data.
    mutating func readBlock(_ body: (Span<UInt8>, UInt64) throws -> Void) throws -> Bool {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = unsafe archive_read_data_block(handle, &start, &count, &offset)
        if status == ARCHIVE_EOF { return false }
        // A warning here is, for example, a checksum that does not match.
        if status != ARCHIVE_OK { throw failure() }
        if offset < 0 { throw failure("a negative offset") }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        let typed = unsafe bytes.bindMemory(to: UInt8.self)
        try unsafe body(typed.span, UInt64(offset))
        return true
    }

    /// Reads the entry's data into the beginning of `buffer`; 0 at the end.
    mutating func read(into buffer: inout [UInt8]) throws -> Int {
        let handle = unsafe handle
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe archive_read_data(handle, $0.baseAddress, $0.count)
        }
        if count < 0 { throw failure() }
        return count
    }

    /// The number of bytes read of the input, as it is compressed.
    var compressedByteCount: UInt64 {
        if let unpacked { return unpacked.source.compressedByteCount }
        return UInt64(max(0, unsafe archive_filter_bytes(handle, -1)))
    }

    /// Where the header of the entry begins in the uncompressed stream.
    var headerOffset: UInt64 { UInt64(max(0, unsafe archive_read_header_position(handle))) }

    /// Whether the archive is compressed.
    var isCompressed: Bool { unpacked?.source.isCompressed ?? false }

    /// How many filters of libarchive's are at work, one inside the other; known after the first entry.
    var filterCount: Int { Int(unsafe archive_filter_count(handle)) - 1 }

    /// What to throw: what the feed threw, which names no entry, or libarchive's reason.
    private func failure(_ message: String? = nil) -> any Error {
        if let failure = zip?.failure { return failure }
        if case .damagedArchive(name, nil, let message)? = feed?.failure as? ArchivesError {
            return ArchivesError.damagedArchive(archive: name, entry: entryName, message: message)
        }
        if let failure = feed?.failure { return failure }
        let text = unsafe message ?? archive_error_string(handle).map { unsafe String(cString: $0) }
        return ArchivesError.damagedArchive(
            archive: name, entry: entryName, message: text ?? "unknown error")
    }
}
