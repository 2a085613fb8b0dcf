import Primitives

/// Unpacks archives of strangers: tar, zip, cpio, ar and Debian packages, compressed or not.
///
/// Refused, with the archive and the entry in the message: absolute names and `..`, symbolic and
/// hard links out of the tree, devices, pipes and sockets, more than the limits allow, and anything
/// that would be written through a link that leaves the tree. Permissions become 0755 or less: no
/// set-user-id, nothing writable by others.
package struct ArchiveExtractor: Sendable {
    /// How to unpack.
    package var options: ExtractionOptions

    /// An extractor with these options.
    package init(_ options: ExtractionOptions = ExtractionOptions()) { self.options = options }

    /// Unpacks the archive at `path` into `directory`, which may hold files already: they are
    /// replaced when the archive has others of the same name.
    ///
    /// - Throws: ``ArchivesError``; the directory then holds a part of the archive.
    @discardableResult
    package func extract(
        _ path: String, into directory: borrowing DirectoryDescriptor
    ) throws -> ExtractionSummary {
        try extract(OpenFile(reading: path), into: directory)
    }

    /// Unpacks the archive in an open file into `directory`; see ``extract(_:into:)-(String,_)``.
    @discardableResult
    package func extract(
        _ file: consuming OpenFile, into directory: borrowing DirectoryDescriptor
    ) throws -> ExtractionSummary {
        let name = file.path
        let isZip = try file.bytes(at: 0, count: 2) == Array("PK".utf8)
        var reader =
            isZip
            ? try ArchiveReader(zip: file, name: name)
            : try Self.reader(of: FileSource(file), name: name)
        var tree = try ExtractionTree(
            directory.reopened(), archive: name, options: options)
        guard let first = try reader.next() else { return try tree.finish() }
        guard first.path == "debian-binary" else {
            try extract(&reader, first: first, into: &tree)
            return try tree.finish()
        }
        while let entry = try reader.next() {
            guard entry.path.description.hasPrefix("data.tar") else { continue }
            try extractMember(of: reader, into: &tree)
            return try tree.finish()
        }
        throw ArchivesError.damagedArchive(
            archive: name, entry: nil, message: "the Debian package has no data.tar member")
    }

    private static func reader(
        of source: consuming FileSource, name: String
    ) throws -> ArchiveReader {
        let box = SourceBox(source)
        return try ArchiveReader(name: name, usesUTF8: false) { try box.source.read(into: &$0) }
    }

    /// Unpacks the archive that is the current entry of another.
    private func extractMember(
        of outer: consuming ArchiveReader, into tree: inout ExtractionTree
    ) throws {
        let name = outer.name
        let box = ReaderBox(outer)
        var reader = try ArchiveReader(name: name, usesUTF8: false) {
            try box.reader.read(into: &$0)
        }
        try extract(&reader, first: reader.next(), into: &tree)
    }

    private func extract(
        _ reader: inout ArchiveReader, first: ArchiveEntry?, into tree: inout ExtractionTree
    ) throws {
        var next = first
        while let entry = next {
            if let file = try tree.begin(entry) {
                var end: UInt64 = 0
                while try reader.readBlock({ bytes, offset in
                    let (sum, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
                    end = max(end, overflow ? .max : sum)
                    try tree.reserve(end)
                    try file.file.write(bytes, at: offset)
                }) {
                    try tree.checkRatio(end, compressed: reader.compressedByteCount)
                }
                try tree.end(file, of: entry, written: end)
            }
            next = try reader.next()
        }
    }
}

/// Keeps a reader where a closure can reach it.
private final class ReaderBox {
    var reader: ArchiveReader
    init(_ reader: consuming ArchiveReader) { self.reader = reader }
}
