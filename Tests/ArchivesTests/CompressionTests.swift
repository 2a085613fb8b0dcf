import Archives
import Primitives
import Testing

@Suite struct CompressionTests {
    static func decompress(_ bytes: [UInt8]) throws -> [UInt8] {
        var source = try DecompressingSource(MemorySource(bytes), name: "test")
        var buffer = [UInt8](repeating: 0, count: 5000)
        var result: [UInt8] = []
        while case let count = try source.read(into: &buffer), count > 0 {
            result += buffer[..<count]
        }
        return result
    }

    @Test(arguments: CompressionFormat.allCases, [0, 1, 1000, 700_000])
    func backAndForth(format: CompressionFormat, count: Int) throws {
        let bytes = Tree.pattern(count)
        let compressed = try ExtractionTests.compress(bytes, format)
        #expect(try Self.decompress(compressed) == bytes)
        // The same input always gives the same output.
        #expect(try ExtractionTests.compress(bytes, format) == compressed)
        if format == .none { #expect(compressed == bytes) }
    }

    /// `printf 'hola\n' | gzip -n`, `| xz`, `| zstd`, `| bzip2` (gzip 1.12, xz 5.4.1, zstd 1.5.4,
    /// bzip2 1.0.8).
    static let foreign = [
        "1f8b0800000000000003cbc8cf49e4020078addbd105000000",
        "fd377a585a000004e6d6b4460200210116000000742fe5a3010004686f6c610a00000000ddb000ac3677"
            + "7e9d00011d05b82d80af1fb6f37d010000000004595a",
        "28b52ffd0458290000686f6c610ab8319ec5",
        "425a6839314159265359fad4db35000001410000102044a0002183419a09a87177245385090fad4db350",
    ]

    @Test(arguments: foreign)
    func outputOfOtherPrograms(_ text: String) throws {
        let bytes = try #require(Base16.decode(Array(text.utf8)[...]))
        #expect(try Self.decompress(bytes) == Array("hola\n".utf8))
        #expect(throws: ArchivesError.self) { try Self.decompress(bytes.dropLast(9)) }
    }

    /// Only the last bytes differ: a checksum, a length, or the end that is not there.
    @Test(arguments: foreign)
    func whatChecksumsRefuteIsRefused(_ text: String) throws {
        let bytes = try #require(Base16.decode(Array(text.utf8)[...]))
        let isXZ = bytes[0] == 0xfd
        // Of xz, the checksum stands before index and footer.
        for place in isXZ ? [36, 40] : Array((bytes.count - 4)..<bytes.count) {
            var altered = bytes
            // Of bzip2, the last bits are none of the checksum's.
            altered[place] ^= 0x10
            #expect(throws: ArchivesError.self, "byte \(place)") {
                try Self.decompress(altered)
            }
        }
        for count in 1..<4 {
            #expect(throws: ArchivesError.self) { try Self.decompress(bytes.dropLast(count)) }
        }
    }

    @Test func gzipsChecksumAndLengthCount() throws {
        let bytes = try #require(Base16.decode(Array(Self.foreign[0].utf8)[...]))
        for place in (bytes.count - 8)..<bytes.count {
            var altered = bytes
            altered[place] ^= 1
            #expect(throws: ArchivesError.self, "byte \(place)") {
                try Self.decompress(altered)
            }
        }
    }

    @Test(arguments: CompressionFormat.allCases)
    func streamsThatFollowEachOther(format: CompressionFormat) throws {
        guard format != .none else { return }
        let one = Tree.pattern(200_000)
        let both =
            try ExtractionTests.compress(one, format)
            + ExtractionTests.compress([1, 2, 3], format)
        #expect(try Self.decompress(both) == one + [1, 2, 3])
        // A second stream that is damaged is not passed over.
        #expect(throws: ArchivesError.self) { try Self.decompress(both.dropLast(5)) }
        // In each other, too, and not without end.
        var nested = one
        for _ in 0..<4 { nested = try ExtractionTests.compress(nested, format) }
        #expect(try Self.decompress(nested) == one)
        nested = try ExtractionTests.compress(nested, format)
        #expect(throws: ArchivesError.self) { try Self.decompress(nested) }
    }

    @Test func paddingBetweenStreamsOfXZ() throws {
        let stream = try ExtractionTests.compress([1, 2, 3], .xz)
        let padding = [UInt8](repeating: 0, count: 300_000)
        #expect(try Self.decompress(stream + padding + stream) == [1, 2, 3, 1, 2, 3])
    }

    /// Small files that state dictionaries and windows of gigabytes.
    @Test func hugeDictionariesAreRefused() throws {
        var xz = try #require(Base16.decode(Array(Self.foreign[1].utf8)[...]))
        // 2 GiB, and the header's checksum.
        xz[16] = 38
        let checksum = CRC32.of(xz[12..<20])
        for index in 0..<4 { xz[20 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
        func refuse(_ bytes: [UInt8]) {
            let error = #expect(throws: ArchivesError.self) { try Self.decompress(bytes) }
            let text = error?.description ?? ""
            #expect(text.contains("memory"), "\(text)")
        }
        refuse(xz)
        // Not only in the first stream, and not only on the outside.
        let small = try ExtractionTests.compress([1, 2, 3], .xz)
        refuse(small + xz)
        refuse(try ExtractionTests.compress(xz, .gzip))
        // lzma: parameters, a dictionary of 2 GiB, no size.
        refuse([0x5d, 0, 0, 0, 0x80] + [UInt8](repeating: 0xff, count: 8) + [0, 0x83, 0xff])
        // zstd: a window of 2 GiB, a block of one byte that is repeated.
        refuse([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 0x23, 0, 0, 0x61])
    }

    @Test func pieceByPieceIsTheSame() throws {
        let bytes = Tree.pattern(300_000)
        for format in CompressionFormat.allCases {
            var sink = try CompressingSink(format, level: 3, into: MemorySink())
            for start in stride(from: 0, to: bytes.count, by: 777) {
                try sink.write(bytes.span.extracting(start..<min(start + 777, bytes.count)))
            }
            try sink.finish()
            #expect(try Self.decompress(sink.intoSink().bytes) == bytes)
        }
    }
}
