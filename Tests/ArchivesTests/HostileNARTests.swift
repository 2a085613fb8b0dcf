import Archives
import Primitives
import Testing

/// Archives that must not be accepted (`docs/security.md`).
@Suite struct HostileNARTests {
    /// A NAR from its strings; numbers stand for raw lengths.
    static func archive(_ parts: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in ["nix-archive-1"] + parts { bytes += string(Array(part.utf8)) }
        return bytes
    }

    static func string(_ text: [UInt8]) -> [UInt8] {
        number(UInt64(text.count)) + text + [UInt8](repeating: 0, count: 7 & -text.count)
    }

    static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func directory(_ names: [String]) -> [UInt8] {
        var parts = ["(", "type", "directory"]
        for name in names {
            parts += ["entry", "(", "name", name, "node", "(", "type", "symlink", "target", "x"]
            parts += [")", ")"]
        }
        return archive(parts + [")"])
    }

    func refuse(
        _ bytes: [UInt8], because reason: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ArchivesError.self, sourceLocation: sourceLocation) {
            var reader = NARReader(MemorySource(bytes))
            try reader.expectEnd()
        }
        let text = error?.description ?? ""
        #expect(reason.isEmpty || text.contains(reason), "\(text)", sourceLocation: sourceLocation)
    }

    @Test func namesAreAccepted() throws {
        var reader = NARReader(MemorySource(Self.directory(["A", "a", "a-b", "a.b"])))
        try reader.expectEnd()
    }

    static let badNames: [[String]] = [
        ["a", "a"], ["b", "a"], ["."], [".."], ["a/b"], ["a\0"], ["a\0b"], [""], ["/"],
        [String(repeating: "n", count: 256)],
    ]

    @Test(arguments: badNames)
    func names(_ names: [String]) { refuse(Self.directory(names)) }

    @Test func symlinkThenDirectoryOfTheSameName() throws {
        let bytes = Self.archive([
            "(", "type", "directory",
            "entry", "(", "name", "a", "node", "(", "type", "symlink", "target", "/tmp", ")", ")",
            "entry", "(", "name", "a", "node", "(", "type", "directory", ")", ")", ")",
        ])
        refuse(bytes)
        let temporary = try TemporaryTree()
        #expect(throws: ArchivesError.self) {
            try restoreTree(from: MemorySource(bytes), to: FileName("x"), in: temporary.directory)
        }
        #expect(!temporary.exists("x"))
    }

    @Test(arguments: ["", "a\0b", String(repeating: "t", count: 4096)])
    func targets(_ target: String) {
        refuse(Self.archive(["(", "type", "symlink", "target", target, ")"]))
    }

    static let grammarFaults: [[String]] = [
        ["(", "type", "device", ")"], ["(", "type", "regular", ")"],
        ["(", "type", "regular", "executable", "yes", "contents", "", ")"],
        ["(", "type", "regular", "executable", "", "executable", "", "contents", "", ")"],
        ["(", "type", "regular", "contents", "a", "contents", "b", ")"],
        ["(", "type", "symlink", ")"], ["(", "type", "directory", "entry", "(", ")", ")"],
        ["(", "type", "directory", "entry", "(", "name", "a", ")", ")"],
        ["(", "type", "directory", "node", ")"],
        ["(", "type", "regular", "contents", "", ")", ")"],
        [")"], ["(", ")"], [String(repeating: "(", count: 33)],
    ]

    @Test(arguments: grammarFaults)
    func grammar(_ parts: [String]) { refuse(Self.archive(parts)) }

    @Test func everyTruncationAndTrailingBytes() throws {
        let bytes = try Tree.directory([
            ("a", .file([1, 2, 3], executable: true)), ("b", .symlink("a")), ("c", .directory([])),
        ]).archive()
        for count in 0..<bytes.count { refuse(Array(bytes[..<count])) }
        refuse(bytes + [0])
        refuse(bytes + bytes)
        var other = bytes
        other[8] = 0x4e
        refuse(other)
    }

    /// Every bit of an archive counts: what is still accepted after a change is another tree.
    @Test func everyChangedByteIsRefusedOrAnotherTree() throws {
        let bytes = try Tree.directory([
            ("a", .file([1, 2, 3], executable: true)), ("b", .symlink("a")), ("c", .directory([])),
        ]).archive()
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                var reader = NARReader(MemorySource(changed))
                var writer = NARWriter(MemorySink())
                guard (try? reader.visit(with: &writer)) != nil,
                    (try? reader.expectEnd()) != nil, (try? writer.finish()) != nil
                else { continue }
                #expect(writer.intoSink().bytes == changed)
            }
        }
    }

    static let hugeNumbers: [UInt64] = [
        .max, .max - 7, .max - 6, 1 << 63, (1 << 63) - 1, 1 << 40, 33, 4096,
    ]

    @Test(arguments: hugeNumbers)
    func hugeLengths(_ length: UInt64) {
        refuse(Self.number(length))
        let start = Self.archive(["(", "type"])
        refuse(start + Self.number(length))
        refuse(
            Self.archive(["(", "type", "regular", "contents"]) + Self.number(length),
            because: length > UInt64(Int64.max) ? "cannot exist" : "")
        refuse(Self.archive(["(", "type", "symlink", "target"]) + Self.number(length))
        let entry = Self.archive(["(", "type", "directory", "entry", "(", "name"])
        refuse(entry + Self.number(length))
    }

    @Test func paddingMustBeZero() {
        var bytes = Self.archive(["(", "type", "regular", "contents", "a", ")"])
        bytes[bytes.count - 17] = 1
        refuse(bytes)
        var magic = Self.archive(["(", "type", "regular", "contents", "a", ")"])
        magic[22] = 1
        refuse(magic)
    }

    @Test func depthBomb() {
        var parts: [String] = []
        for _ in 0..<100_000 {
            parts += ["(", "type", "directory", "entry", "(", "name", "d", "node"]
        }
        refuse(Self.archive(parts), because: "levels of directories")
    }

    @Test func faultSaysWhere() {
        #expect(
            throws: ArchivesError.malformedNAR(
                offset: 24 + 16 + 16, reason: "unknown file type 'socket'")
        ) {
            var reader = NARReader(
                MemorySource(Self.archive(["(", "type", "socket", ")"])))
            _ = try reader.next()
        }
    }
}
