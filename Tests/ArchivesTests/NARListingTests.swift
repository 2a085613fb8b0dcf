import Archives
import Primitives
import Testing

@Suite struct NARListingTests {
    static let tree = Tree.directory([
        ("a", .symlink("bin/b")),
        ("bin", .directory([("b", .file([1, 2, 3], executable: true)), ("c", .text(""))])),
        ("z", .text("last")),
    ])

    @Test func everythingIsListed() throws {
        let bytes = try Self.tree.archive()
        var reader = NARReader(MemorySource(bytes))
        let listing = try NARListing(reading: &reader)
        try reader.expectEnd()
        #expect(listing.node(at: "a") == .symlink(target: "bin/b"))
        #expect(listing.node(at: "bin/x") == nil && listing.node(at: "z/x") == nil)
        guard case .regular(true, 3, let offset) = listing.node(at: "/bin/b/") else {
            Issue.record("bin/b is missing")
            return
        }
        #expect(Array(bytes[Int(offset)..<Int(offset + 3)]) == [1, 2, 3])
        guard case .directory(let entries) = listing.node(at: "") else {
            Issue.record("the root is no directory")
            return
        }
        #expect(entries.map(\.name.description) == ["a", "bin", "z"])
    }

    /// Where contents begin can be computed: the reader, which counts bytes, says the same.
    @Test func offsetsNeedNoArchive() throws {
        let long = Tree.directory([
            ("directory", Self.tree), ("empty", .directory([])),
            ("link", .symlink(ByteString(Array(repeating: 0x61, count: 300)))),
            ("of eight", .file(Array(repeating: 7, count: 8), executable: false)),
        ])
        for tree in [Self.tree, long, .text("alone"), .file([], executable: true)] {
            var reader = NARReader(MemorySource(try tree.archive()))
            let listing = try NARListing(reading: &reader)
            #expect(listing.withOffsets() == listing)
        }
    }

    /// What may be long is told of while it is read, or refused before it fills the memory.
    @Test func longListingsAreRefusedAndStreamed() throws {
        func told(_ path: ByteString, isRecursive: Bool) throws -> [String]? {
            var reader = NARReader(MemorySource(try Self.tree.archive()))
            var names: [String] = []
            let isFound = try reader.list(path, isRecursive: isRecursive) { parts, node in
                var name = parts.map(\.description).joined(separator: "/")
                if case .directory = node { name += "/" }
                names.append(name)
            }
            return isFound ? names : nil
        }
        #expect(try told("", isRecursive: false) == ["a", "bin/", "z"])
        #expect(try told("", isRecursive: true) == ["a", "bin/", "bin/b", "bin/c", "z"])
        #expect(try told("bin", isRecursive: true) == ["b", "c"])
        #expect(try told("bin/c", isRecursive: false) == [""])
        #expect(try told("bi", isRecursive: false) == nil)
        #expect(try told("z/x", isRecursive: false) == nil)
        for limit in 0..<5 {
            var reader = NARReader(MemorySource(try Self.tree.archive()))
            #expect(throws: ArchivesError.tooManyEntries(limit: limit)) {
                try NARListing(reading: &reader, limit: limit)
            }
        }
        var reader = NARReader(MemorySource(try Self.tree.archive()))
        _ = try NARListing(reading: &reader, limit: 5)
    }

    static let files: [(ByteString, [UInt8])] = [
        ("bin/b", [1, 2, 3]), ("bin/c", []), ("z", Array("last".utf8)),
    ]

    @Test(arguments: files)
    func contents(path: ByteString, expected: [UInt8]) throws {
        var reader = NARReader(MemorySource(try Self.tree.archive()))
        var sink = MemorySink()
        try reader.copyContents(of: path, to: &sink)
        #expect(sink.bytes == expected)
    }

    @Test(arguments: ["", "a", "bin", "bin/bb", "b", "z/x"])
    func missing(path: ByteString) throws {
        var reader = NARReader(MemorySource(try Self.tree.archive()))
        var sink = MemorySink()
        #expect(throws: ArchivesError.notInArchive(path: path.description)) {
            try reader.copyContents(of: path, to: &sink)
        }
    }

    @Test func singleFile() throws {
        let bytes = try Tree.text("hola\n").archive()
        var reader = NARReader(MemorySource(bytes))
        #expect(
            try NARListing(reading: &reader).root
                == .regular(executable: false, size: 5, offset: 96))
        try reader.expectEnd()
        var again = NARReader(MemorySource(bytes))
        var sink = MemorySink()
        try again.copyContents(of: "", to: &sink)
        #expect(sink.bytes == Array("hola\n".utf8))
    }
}
