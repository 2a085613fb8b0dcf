import Archives
import Primitives
import Testing

/// Golden values: `nix-store --dump tree | sha256sum` of Nix 2.8.0 over the same tree made by other
/// means (Python), and `GoldenVectorTests`.
@Suite struct NARTests {
    static let awkwardDigest = "f1bce18730dbc4bb9e61d5cbd618a558818f5838200b4e5df61941eb88a99b16"

    @Test func singleFile() throws {
        let bytes = try Tree.text("hola\n").archive()
        #expect(bytes.count == 120)
        #expect(
            Digest.hash(bytes).base16
                == "e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb")
    }

    @Test func awkwardTreeAsNixDumpsIt() throws {
        let bytes = try Tree.awkward.archive()
        #expect(bytes.count == 898_576)
        #expect(Digest.hash(bytes).base16 == Self.awkwardDigest)
        let temporary = try TemporaryTree()
        try temporary.create("tree", .awkward)
        #expect(try Digest.hash(temporary.dump("tree")).base16 == Self.awkwardDigest)
    }

    @Test(arguments: [
        Tree.text(""), .file([1, 2, 3], executable: true), .symlink("x"), .directory([]), .awkward,
    ])
    func readAndWrittenAgain(tree: Tree) throws {
        let bytes = try tree.archive()
        var reader = NARReader(MemorySource(bytes))
        var writer = NARWriter(MemorySink())
        try reader.visit(with: &writer)
        try reader.expectEnd()
        try writer.finish()
        #expect(writer.intoSink().bytes == bytes)
    }

    @Test func contentsMayBeSkipped() throws {
        let bytes = try Tree.directory([
            ("a", .file(Tree.pattern(300_001))), ("b", .symlink("a")),
        ]).archive()
        var reader = NARReader(MemorySource(bytes))
        var events: [NAREvent] = []
        while let event = try reader.next() { events.append(event) }
        try reader.expectEnd()
        #expect(
            events == [
                .directory, .entry(try FileName("a")), .regular(executable: false, size: 300_001),
                .entry(try FileName("b")), .symlink(target: "a"), .endDirectory,
            ])
    }

    @Test func restoredTreeIsTheSame() throws {
        let temporary = try TemporaryTree()
        let bytes = try Tree.awkward.archive()
        for (name, metadata) in [("plain", TreeMetadata.plain), ("canonical", .canonical)] {
            try restoreTree(
                from: MemorySource(bytes), to: FileName(name), in: temporary.directory,
                metadata: metadata)
            #expect(try temporary.dump(name) == bytes)
        }
    }

    @Test func restoreHashesWhatItReads() throws {
        let temporary = try TemporaryTree()
        let bytes = try Tree.awkward.archive()
        var reader = NARReader(MemorySource(bytes + [1, 2, 3]))
        var sink = DigestSink()
        try restoreTree(
            from: &reader, to: FileName("tree"), in: temporary.directory, streamingInto: &sink)
        #expect(sink.digest().base16 == Self.awkwardDigest)
        #expect(sink.byteCount == 898_576)
        var input = reader.intoInput()
        var rest: [UInt8] = []
        #expect(try input.read(3, into: &rest))
        #expect(rest == [1, 2, 3])
        #expect(try input.isAtEnd())
    }

    @Test(arguments: [Tree.text("old"), .directory([]), .symlink("nowhere")])
    func existingDestinationIsLeftAlone(old: Tree) throws {
        let temporary = try TemporaryTree()
        try temporary.create("tree", old)
        let before = try temporary.dump("tree")
        for tree in [Tree.text("new"), .directory([]), .symlink("elsewhere")] {
            let bytes = try tree.archive()
            #expect(throws: ArchivesError.destinationExists(path: temporary.path + "/tree")) {
                try restoreTree(
                    from: MemorySource(bytes), to: FileName("tree"), in: temporary.directory)
            }
        }
        #expect(try temporary.dump("tree") == before)
        #expect(!temporary.exists("nowhere"))
    }

    @Test func failedRestoreLeavesNothing() throws {
        let temporary = try TemporaryTree()
        let bytes = try Tree.awkward.archive()
        for count in [bytes.count - 1, bytes.count / 2, 700_000, 300] {
            #expect(throws: ArchivesError.self) {
                try restoreTree(
                    from: MemorySource(Array(bytes[..<count])), to: FileName("tree"),
                    in: temporary.directory, metadata: .canonical)
            }
            #expect(!temporary.exists("tree"))
        }
    }

    @Test func tooDeepTreesAreRefusedBothWays() throws {
        let temporary = try TemporaryTree()
        var deep = Tree.text("leaf")
        for _ in 0..<63 { deep = .nested("d", deep) }
        try temporary.create("fits", deep)
        let bytes = try temporary.dump("fits")
        #expect(try bytes == deep.archive())
        deep = .nested("d", deep)
        try temporary.create("deep", deep)
        #expect(throws: ArchivesError.self) { try temporary.dump("deep") }
        #expect(throws: ArchivesError.self) { try deep.archive() }
    }

    @Test func writerRefusesDisorder() throws {
        var writer = NARWriter(MemorySink())
        try writer.beginDirectory()
        try writer.entry(FileName("b"))
        try writer.symlink(target: "x")
        #expect(throws: ArchivesError.self) { try writer.entry(FileName("a")) }
        #expect(throws: ArchivesError.self) { try writer.entry(FileName("b")) }
        #expect(throws: ArchivesError.self) { try writer.symlink(target: "y") }
        #expect(throws: ArchivesError.self) { try writer.finish() }
    }
}
