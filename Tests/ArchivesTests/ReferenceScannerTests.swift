import Archives
import Primitives
import Testing

@Suite struct ReferenceScannerTests {
    static let alphabet = Array("0123456789abcdfghijklmnpqrsvwxyz".utf8)

    /// The definition: every window, one after the other.
    static func naive(_ bytes: [UInt8], _ candidates: [String]) -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        guard bytes.count >= 32 else { return found }
        for start in 0...(bytes.count - 32) {
            let text = String(decoding: bytes[start..<(start + 32)], as: UTF8.self)
            if candidates.contains(text), found[text] == nil { found[text] = UInt64(start) }
        }
        return found
    }

    static func scan(_ bytes: [UInt8], _ candidates: [String], pieces: Int) -> [String: UInt64] {
        var scanner = ReferenceScanner(candidates: candidates)
        var start = 0
        while start < bytes.count {
            let end = min(start + pieces, bytes.count)
            scanner.write(bytes.span.extracting(start..<end))
            start = end
        }
        return scanner.firstOffsets
    }

    @Test func everyPieceSize() {
        let first = "rflyy7abfgb8nlpvyh9gfk3kxway30z8"
        let second = "lyy7abfgb8nlpvyh9gfk3kxway30z8b8"
        let third = String(repeating: "0", count: 32)
        let candidates = [first, second, third, "not a hash part", ""]
        // The second overlaps the first; the third stands at the very end, one character too long.
        let text = "xx/nodeos/store/\(first)b8-hola\0\(third.dropLast())1\n-\(third)0"
        let bytes = Array(text.utf8)
        let expected = Self.naive(bytes, candidates)
        #expect(Set(expected.keys) == [first, second, third])
        for pieces in 1...bytes.count {
            #expect(Self.scan(bytes, candidates, pieces: pieces) == expected, "\(pieces)")
        }
    }

    /// Random texts over few characters, so that near misses and overlaps are frequent.
    @Test(arguments: 0..<40)
    func againstTheNaiveScanner(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let letters = Self.alphabet.prefix(2 + seed % 3) + (seed % 2 == 0 ? [0x65, 0x00] : [])
        var bytes = (0..<2000).map { _ in letters.randomElement(using: &generator) ?? 0 }
        let candidates = (0..<5).map { _ in
            String(
                decoding: (0..<32).map { _ in
                    Self.alphabet.prefix(2).randomElement(using: &generator) ?? 0x30
                }, as: UTF8.self)
        }
        for candidate in candidates {
            let at = Int.random(in: 0..<1960, using: &generator)
            bytes.replaceSubrange(at..<(at + 32), with: candidate.utf8)
        }
        let expected = Self.naive(bytes, candidates)
        for pieces in [1, 2, 3, 7, 31, 32, 33, 63, 64, 65, 1000, 2000] {
            #expect(Self.scan(bytes, candidates, pieces: pieces) == expected, "seed \(seed)")
        }
    }

    @Test func nothingIsFoundInOtherForms() {
        let part = "rflyy7abfgb8nlpvyh9gfk3kxway30z8"
        for text in [String(part.dropLast()), part.uppercased(), String(part.reversed())] {
            #expect(Self.scan(Array(text.utf8), [part], pieces: 5).isEmpty)
        }
    }

    @Test func placesInATree() throws {
        let part = "rflyy7abfgb8nlpvyh9gfk3kxway30z8"
        let temporary = try TemporaryTree()
        try temporary.create(
            "tree",
            .directory([
                ("a", .text("clean")),
                ("bin", .directory([("sh", .text("#!/nodeos/store/\(part)-bash/bin/sh"))])),
                ("\(part).txt", .text("")),
                ("lib", .directory([("link", .symlink("/nodeos/store/\(part)-hola/lib"))])),
                ("z", .text(String(repeating: "z", count: 300_000) + part)),
            ]))
        let places = try locateReferences(
            to: [part], in: FileName("tree"), of: temporary.directory)
        #expect(
            places.map(\.description) == [
                "bin/sh, offset 16",
                "lib/link, a symbolic link to '/nodeos/store/\(part)-hola/lib'",
                "\(part).txt, in its name", "z, offset 300000",
            ])
    }
}

/// A repeatable source of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
