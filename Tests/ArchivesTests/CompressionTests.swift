import Archives
import Primitives
import Testing

@Suite struct CompressionTests {
    static func decompress(_ bytes: [UInt8]) throws -> [UInt8] {
        var source = try DecompressingSource(BytesSource(bytes), name: "test")
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

    @Test func pieceByPieceIsTheSame() throws {
        let bytes = Tree.pattern(300_000)
        for format in CompressionFormat.allCases {
            var sink = try CompressingSink(format, level: 3, into: BytesSink())
            for start in stride(from: 0, to: bytes.count, by: 777) {
                try sink.write(bytes.span.extracting(start..<min(start + 777, bytes.count)))
            }
            try sink.finish()
            #expect(try Self.decompress(sink.intoSink().bytes) == bytes)
        }
    }
}
