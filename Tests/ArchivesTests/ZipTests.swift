import Archives
import Primitives
import Testing

/// Names in zip archives are bytes, whatever the archive says of them.
@Suite struct ZipTests {
    /// The names in `out` after unpacking, as bytes.
    private func names(_ build: (inout ZipBuilder) -> Void) throws -> [[UInt8]] {
        let temporary = try TemporaryTree()
        var builder = ZipBuilder()
        build(&builder)
        try ExtractionTests.extract(builder.archive, in: temporary)
        let listing = try DirectoryListing(
            of: temporary.directory.openDirectory(FileName("out")))
        return (0..<listing.count).map { Array(listing.name(at: $0).bytes) }
    }

    @Test(arguments: [true, false], [3, 0] as [UInt8])
    func namesStayTheirBytes(isUTF8: Bool, system: UInt8) throws {
        let given: [[UInt8]] = [
            // Composed, decomposed, code page 437, and bytes that are no text at all.
            Array("café".utf8), Array("cafe\u{301}".utf8), [0x63, 0x61, 0x66, 0x82],
            [0xff, 0xfe, 0x80], Array("日本".utf8), Array("a\\b".utf8), Array("..\\c".utf8),
            Array("plain".utf8),
        ]
        let found = try names { builder in
            for name in given {
                builder.add(
                    name, [1], isUTF8: isUTF8, system: system,
                    attributes: system == 3 ? 0o100644 << 16 : 0x20)
            }
        }
        #expect(Set(found) == Set(given))
    }

    @Test func aSecondNameInUTF8IsLeftAlone() throws {
        let utf8 = Array("ü.txt".utf8)
        let name: [UInt8] = [0x81] + Array(".txt".utf8)
        let checksum = CRC32.of(name)
        let field =
            [0x75, 0x70, UInt8(5 + utf8.count), 0, 1]
            + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) } + utf8
        #expect(try names { $0.add(name, [1], extra: field) } == [name])
    }

    @Test func modesAndKindsAreKept() throws {
        let temporary = try TemporaryTree()
        var builder = ZipBuilder()
        builder.add(
            Array("ä/run".utf8), Array("run".utf8), isUTF8: true, attributes: 0o100755 << 16)
        builder.add(
            Array("ä/link".utf8), Array("rün".utf8), isUTF8: true, attributes: 0o120777 << 16)
        builder.add(Array("dos/".utf8), [], system: 0, attributes: 0x10)
        builder.add(Array("dos/file".utf8), [7], system: 0, attributes: 0x21)
        try ExtractionTests.extract(builder.archive, in: temporary)
        let expected = Tree.directory([
            ("dos", .directory([("file", .file([7]))])),
            (
                "ä",
                .directory([
                    ("link", .symlink("rün")),
                    ("run", .file(Array("run".utf8), executable: true)),
                ])
            ),
        ])
        #expect(try temporary.dump("out") == expected.archive())
    }

    @Test(arguments: ["../new", "a/../../new", "/tmp/new"])
    func namesOutOfTheTreeAreRefused(_ name: String) throws {
        for system: UInt8 in [0, 3] {
            #expect(throws: ArchivesError.self) {
                _ = try names { $0.add(Array(name.utf8), [1], isUTF8: true, system: system) }
            }
        }
    }

    /// Whatever the directory says, nothing but an error or a tree comes of it.
    @Test func damagedDirectories() throws {
        var builder = ZipBuilder()
        builder.add(Array("é".utf8), [1, 2, 3], isUTF8: true, extra: [1, 0, 4, 0, 9, 9, 9, 9])
        let good = builder.archive
        let temporary = try TemporaryTree()
        for place in 0..<good.count {
            for value: UInt8 in [0, 0xff, good[place] ^ 0x80] {
                var bytes = good
                bytes[place] = value
                do {
                    try ExtractionTests.extract(bytes, in: temporary, into: "out-\(place)-\(value)")
                } catch is ArchivesError {}
            }
        }
        for count in 0..<good.count {
            #expect(throws: ArchivesError.self) {
                try ExtractionTests.extract(
                    Array(good[..<count]), in: temporary, into: "cut-\(count)")
            }
        }
    }
}
