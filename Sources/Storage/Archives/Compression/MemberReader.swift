import CArchive
package import Primitives

/// Reads what is packed in a stream, member by member, without writing anything to disk: for those
/// who look into files and do not trust them.
@safe
package struct MemberReader: ~Copyable {
    /// What to expect at the beginning of the stream.
    package enum Content {
        /// tar, cpio, ar or zip, compressed or not.
        case archive
        /// One compressed stream: gzip, bzip2, xz, lzma or zstd.
        case compressed
    }

    /// One member.
    package struct Member {
        /// The name that the archive gives it.
        package let name: ByteString
        /// The target, when it is a link.
        package let target: ByteString?
        /// Where its header begins, in bytes from the beginning of the uncompressed stream.
        package let headerOffset: UInt64
        /// The size in bytes, where the format says it before the data.
        package let size: UInt64?
        /// Whether data follows.
        package let isRegular: Bool
        /// When it was changed, in seconds since 1970, where the format says it.
        package let modificationTime: Int64?
        /// Its permissions.
        package let mode: UInt32
    }

    /// What is read: an archive …
    private var archive: ArchiveReader?
    /// … or one stream, with its first bytes.
    private var stream: DecompressingSource?
    private var ahead: [UInt8]?
    /// Whether it is compressed.
    package let isCompressed: Bool

    /// A reader of `source`, which begins where the packed stream begins; what follows the stream
    /// does not matter.
    ///
    /// - Parameter name: for messages.
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)`` when nothing of the kind
    ///   begins there, or the first header is damaged; what the source throws.
    package init<Source: ByteSource & ~Copyable>(
        _ source: consuming Source, name: String, content: Content
    ) throws {
        switch content {
        case .archive:
            let box = SourceBox(source)
            let reader = try ArchiveReader(name: name, usesUTF8: true) {
                try box.source.read(into: &$0)
            }
            isCompressed = reader.isCompressed
            archive = consume reader
        case .compressed:
            let stream = try DecompressingSource(source, name: name)
            isCompressed = stream.isCompressed
            self.stream = consume stream
        }
    }

    /// The next member; `nil` at the end.
    ///
    /// - Throws: ``ArchivesError/damagedArchive(archive:entry:message:)``, what the source throws.
    package mutating func next() throws -> Member? {
        if stream != nil {
            // A stream that is damaged where it begins is none.
            guard ahead == nil else { return nil }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = try stream?.read(into: &buffer) ?? 0
            ahead = Array(buffer[..<count])
            guard count > 0 else { return nil }
            return Member(
                name: "data", target: nil, headerOffset: 0, size: nil, isRegular: true,
                modificationTime: nil, mode: 0o644)
        }
        guard let entry = try archive?.next() ?? nil else { return nil }
        let target: ByteString? =
            switch entry.kind {
            case .symlink(let target), .hardLink(let target): target
            default: nil
            }
        return Member(
            name: entry.path, target: target, headerOffset: archive?.headerOffset ?? 0,
            size: entry.size, isRegular: entry.kind == .regular,
            modificationTime: entry.modificationTime, mode: entry.mode)
    }

    /// Reads data of the member into the beginning of `buffer`; 0 at its end.
    package mutating func read(into buffer: inout [UInt8]) throws -> Int {
        guard let first = ahead else { return try archive?.read(into: &buffer) ?? 0 }
        if first.isEmpty { return try stream?.read(into: &buffer) ?? 0 }
        let count = min(first.count, buffer.count)
        buffer.replaceSubrange(..<count, with: first[..<count])
        ahead = Array(first[count...])
        return count
    }
}
