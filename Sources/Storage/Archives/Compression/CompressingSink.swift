import CArchive
package import Primitives

/// Compresses what it is given into another sink. Equal input gives equal output.
@safe
package struct CompressingSink<Sink: ByteSink & ~Copyable>: ByteSink, ~Copyable {
    private var sink: Sink
    private let writer: CompressionWriter

    /// A sink that compresses into `sink`.
    ///
    /// - Parameter level: of the compressor's own scale; `nil` is its default.
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)`` when libarchive cannot.
    package init(
        _ format: CompressionFormat, level: Int? = nil, into sink: consuming Sink
    ) throws(ArchivesError) {
        self.sink = sink
        writer = try CompressionWriter(format, level: level)
    }

    /// Compresses `bytes`.
    package mutating func write(_ bytes: Span<UInt8>) throws {
        try writer.write(bytes)
        let compressed = writer.takeOutput()
        if !compressed.isEmpty { try sink.write(compressed.span) }
    }

    /// Writes the end of the compressed stream. Must be called once, last.
    package mutating func finish() throws {
        try writer.close()
        let compressed = writer.takeOutput()
        if !compressed.isEmpty { try sink.write(compressed.span) }
    }

    /// Gives the other sink back.
    package consuming func intoSink() -> Sink { sink }
}

/// libarchive's writer of a single filtered stream; its callback collects the output.
@safe
private final class CompressionWriter {
    private let handle: OpaquePointer
    private var output: [UInt8] = []
    private var isClosed = false

    init(_ format: CompressionFormat, level: Int?) throws(ArchivesError) {
        guard let handle = unsafe archive_write_new() else {
            throw .damagedArchive(archive: "output", entry: nil, message: "out of memory")
        }
        unsafe self.handle = unsafe handle
        unsafe archive_write_set_format_raw(handle)
        let filter =
            switch format {
            case .none: unsafe archive_write_add_filter_none(handle)
            case .gzip: unsafe archive_write_add_filter_gzip(handle)
            case .bzip2: unsafe archive_write_add_filter_bzip2(handle)
            case .xz: unsafe archive_write_add_filter_xz(handle)
            case .zstd: unsafe archive_write_add_filter_zstd(handle)
            }
        // Only what libarchive does itself; a warning would mean another program.
        try check(filter == ARCHIVE_OK)
        if format == .gzip {
            try check(
                unsafe archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
                    == ARCHIVE_OK)
        }
        if let level, format != .none {
            try check(
                unsafe archive_write_set_filter_option(
                    handle, nil, "compression-level", "\(level)") == ARCHIVE_OK)
        }
        // No padding to blocks of a tape.
        unsafe archive_write_set_bytes_per_block(handle, 65536)
        unsafe archive_write_set_bytes_in_last_block(handle, 1)
        let client = unsafe Unmanaged.passUnretained(self).toOpaque()
        let opened = unsafe archive_write_open(
            handle, client, nil,
            { _, client, bytes, count in
                guard let client = unsafe client else { return -1 }
                let writer = unsafe Unmanaged<CompressionWriter>.fromOpaque(client)
                    .takeUnretainedValue()
                unsafe writer.output.append(
                    contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            }, nil)
        try check(opened == ARCHIVE_OK)
        guard let entry = unsafe archive_entry_new() else {
            throw .damagedArchive(archive: "output", entry: nil, message: "out of memory")
        }
        defer { unsafe archive_entry_free(entry) }
        unsafe archive_entry_set_filetype(entry, 0o100000)
        try check(unsafe archive_write_header(handle, entry) == ARCHIVE_OK)
    }

    deinit {
        // An output that was not finished is not wanted: freeing would otherwise finish it.
        if !isClosed { unsafe archive_write_fail(handle) }
        unsafe archive_write_free(handle)
    }

    func write(_ bytes: Span<UInt8>) throws(ArchivesError) {
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe archive_write_data(handle, $0.baseAddress, $0.count)
        }
        try check(count == bytes.count)
    }

    func close() throws(ArchivesError) {
        if isClosed { return }
        isClosed = true
        try check(unsafe archive_write_close(handle) == ARCHIVE_OK)
    }

    func takeOutput() -> [UInt8] {
        if output.isEmpty { return [] }
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    private func check(_ succeeded: Bool) throws(ArchivesError) {
        if succeeded { return }
        let text = unsafe archive_error_string(handle).map { unsafe String(cString: $0) }
        throw .damagedArchive(archive: "output", entry: nil, message: text ?? "unknown error")
    }
}
