import CArchive
import Primitives

/// libarchive's reader, entry by entry; freed when it goes out of scope.
///
/// Only filters and formats that libarchive itself implements are enabled: none that starts
/// another program.
@safe
struct ArchiveReader: ~Copyable {
    /// What to expect in the input.
    enum Content {
        /// tar, zip, cpio or ar, compressed or not.
        case archive
        /// Any bytes, compressed or not, as one entry.
        case raw
    }

    /// The name of the archive for messages.
    let name: String
    private let handle: OpaquePointer
    private let feed: Feed?
    private var entryName: String?

    /// A reader of an open file, from its current position; `file` must live as long.
    init(_ file: borrowing OpenFile, name: String, content: Content) throws(ArchivesError) {
        let created = try unsafe Self.create(name: name, content: content)
        if unsafe archive_read_open_fd(created, file.rawValue, 131_072) != ARCHIVE_OK {
            throw unsafe Self.discard(created, name: name)
        }
        self.name = name
        feed = nil
        unsafe handle = unsafe created
    }

    /// A reader of what `feed` gives.
    init(_ feed: Feed, name: String, content: Content) throws {
        let created = try unsafe Self.create(name: name, content: content)
        if unsafe feed.open(created) != ARCHIVE_OK {
            let failure = unsafe Self.discard(created, name: name)
            throw feed.failure ?? failure
        }
        self.name = name
        self.feed = feed
        unsafe handle = unsafe created
    }

    /// Frees a reader that could not be opened; returns why not.
    private static func discard(_ handle: OpaquePointer, name: String) -> ArchivesError {
        let text = unsafe archive_error_string(handle).map { unsafe String(cString: $0) }
        unsafe archive_read_free(handle)
        return .damagedArchive(archive: name, entry: nil, message: text ?? "unknown error")
    }

    deinit { unsafe archive_read_free(handle) }

    private static func create(
        name: String, content: Content
    ) throws(ArchivesError) -> OpaquePointer {
        guard let handle = unsafe archive_read_new() else {
            throw .damagedArchive(archive: name, entry: nil, message: "out of memory")
        }
        var results = unsafe [
            archive_read_support_filter_gzip(handle), archive_read_support_filter_bzip2(handle),
            archive_read_support_filter_xz(handle), archive_read_support_filter_lzma(handle),
            archive_read_support_filter_zstd(handle),
        ]
        switch content {
        case .archive:
            results += unsafe [
                archive_read_support_format_tar(handle), archive_read_support_format_zip(handle),
                archive_read_support_format_cpio(handle), archive_read_support_format_ar(handle),
            ]
        case .raw:
            results += unsafe [
                archive_read_support_format_raw(handle), archive_read_support_format_empty(handle),
            ]
        }
        if results.contains(where: { $0 != ARCHIVE_OK }) {
            unsafe archive_read_free(handle)
            throw .damagedArchive(
                archive: name, entry: nil,
                message: "libarchive was built without gzip, bzip2, xz, lzma or zstd")
        }
        return unsafe handle
    }

    /// The next entry; `nil` at the end.
    mutating func next() throws -> ArchiveEntry? {
        let locale = unsafe nodeos_locale_enter()
        defer { unsafe nodeos_locale_leave(locale) }
        var found: OpaquePointer?
        let status = unsafe archive_read_next_header(handle, &found)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let found = unsafe found else {
            throw feed?.failure ?? failure()
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
        if status != ARCHIVE_OK { throw feed?.failure ?? failure() }
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
        if count < 0 { throw feed?.failure ?? failure() }
        return count
    }

    /// The number of bytes read of the input, as it is compressed.
    var compressedByteCount: UInt64 { UInt64(max(0, unsafe archive_filter_bytes(handle, -1))) }

    /// Where the header of the entry begins in the uncompressed stream.
    var headerOffset: UInt64 { UInt64(max(0, unsafe archive_read_header_position(handle))) }

    /// Whether a decompressor is at work; known after the first entry.
    var isCompressed: Bool { unsafe archive_filter_count(handle) > 1 }

    private func failure(_ message: String? = nil) -> ArchivesError {
        let text = unsafe message ?? archive_error_string(handle).map { unsafe String(cString: $0) }
        return .damagedArchive(archive: name, entry: entryName, message: text ?? "unknown error")
    }
}
