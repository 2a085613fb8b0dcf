import Archives
package import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Adds the items of a stream that ``export(_:into:)``, `nix-store --export` or `guix archive`
    /// wrote. What is valid already stays as it is.
    ///
    /// The stream says what its items are, and nothing proves that they are what the named
    /// derivations make: import only what you trust. Signatures of Guix are read and not judged.
    /// Derivations are checked.
    ///
    /// - Parameters:
    ///   - accept: throws for an item that is not to be added; its hash is that of what came.
    ///   - onValid: told of each path when it is valid.
    /// - Throws: ``LocalStoreError/malformedExport(offset:reason:)``, `ArchivesError` for a bad NAR,
    ///   ``StoreDatabaseError/invalidReference(_:reference:)`` for an incomplete closure. What came
    ///   earlier may be valid.
    package func importItems<Source: ByteSource & ~Copyable>(
        from source: consuming Source, accept: (PathInfo) throws -> Void = { _ in },
        onValid: @escaping (StorePath) throws -> Void
    ) throws {
        try requireWritable()
        var batch = try IncomingBatch(self, onValid: onValid)
        var input = BufferedSource(source)
        var count = 0
        while try Self.beginsItem(&input) {
            count += 1
            let name = try FileName("item-\(count)")
            var reader = NARReader(buffered: input)
            var sink = DigestSink()
            try restoreTree(
                from: &reader, to: name, in: batch.scratch.descriptor, streamingInto: &sink)
            input = reader.intoInput()
            var info = try readTrailer(&input, narHash: sink.digest())
            info.narSize = sink.byteCount
            try accept(info)
            try batch.add(info, name)
        }
        try batch.flush()
    }

    private static func beginsItem<Source: ByteSource & ~Copyable>(
        _ input: inout BufferedSource<Source>
    ) throws -> Bool {
        switch try number(&input) {
        case ExportFormat.end: return false
        case ExportFormat.item: return true
        case let other:
            throw malformed(input, "an item begins with 1, the stream ends with 0; it has \(other)")
        }
    }

    /// What stands behind an item's NAR.
    private func readTrailer<Source: ByteSource & ~Copyable>(
        _ input: inout BufferedSource<Source>, narHash: Digest
    ) throws -> PathInfo {
        guard try Self.number(&input) == ExportFormat.magic else {
            throw Self.malformed(input, "the number behind an archive is not 0x4558494e")
        }
        let path = try path(&input)
        var references: Set<StorePath> = []
        for _ in 0..<(try Self.number(&input)) { references.insert(try self.path(&input)) }
        let deriver = try Self.text(&input)
        if try Self.number(&input) != 0 { _ = try Self.text(&input) }
        return PathInfo(
            path: path, narHash: narHash, narSize: 0, references: references,
            deriver: deriver.isEmpty ? nil : try storeDirectory.parse(deriver))
    }

    private func path<Source: ByteSource & ~Copyable>(
        _ input: inout BufferedSource<Source>
    ) throws -> StorePath { try storeDirectory.parse(Self.text(&input)) }

    private static func number<Source: ByteSource & ~Copyable>(
        _ input: inout BufferedSource<Source>
    ) throws -> UInt64 {
        guard let number = try input.readNumber() else { throw malformed(input, "it ends early") }
        return number
    }

    private static func text<Source: ByteSource & ~Copyable>(
        _ input: inout BufferedSource<Source>
    ) throws -> String {
        let count = try number(&input)
        guard count <= ExportFormat.maximumText else {
            throw malformed(input, "a text of \(count) bytes is too long")
        }
        var bytes: [UInt8] = []
        guard try input.read(Int(count + 7) & ~7, into: &bytes) else {
            throw malformed(input, "it ends in a text")
        }
        guard bytes[Int(count)...].allSatisfy({ $0 == 0 }),
            let text = String(validating: bytes.prefix(Int(count)), as: UTF8.self)
        else { throw malformed(input, "a text is not UTF-8 with zeros behind it") }
        return text
    }

    private static func malformed<Source: ByteSource & ~Copyable>(
        _ input: borrowing BufferedSource<Source>, _ reason: String
    ) -> LocalStoreError { .malformedExport(offset: input.offset, reason: reason) }
}
