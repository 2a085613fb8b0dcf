import Archives
import Primitives
import TestSupport
import Testing

/// Hash parts replaced in streams and trees.
@Suite struct ReferenceRewriterTests {
    static let first = "rflyy7abfgb8nlpvyh9gfk3kxway30z8"
    static let second = "lyy7abfgb8nlpvyh9gfk3kxway30z8b8"
    static let third = String(repeating: "0", count: 32)
    static let replacements = [
        first: "{first.........................}", second: "{second........................}",
        third: "{third.........................}",
    ]

    /// The definition: from the left, one after the other.
    static func naive(_ text: String) -> String {
        var rest = Substring(text)
        var result = ""
        while !rest.isEmpty {
            if let found = replacements.first(where: { rest.hasPrefix($0.key) }) {
                result += found.value
                rest = rest.dropFirst(32)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    static func rewrite(_ text: String, pieces: Int) -> String {
        var rewriter = ReferenceRewriter(replacements)
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            let end = min(start + pieces, bytes.count)
            rewriter.rewrite(bytes.span.extracting(start..<end), into: &output)
        }
        rewriter.finish(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func everyPieceSize() {
        // The second begins inside the first; one stands at the very end, one character too long.
        let text =
            "xx/nodeos/store/\(Self.first)b8-hola\u{0}\(Self.second)\(Self.second)"
            + "\(Self.third.dropLast())1\n-\(Self.third)0"
        let expected = Self.naive(text)
        #expect(expected.contains("{first") && expected.contains("{third"))
        for pieces in 1...text.utf8.count {
            #expect(Self.rewrite(text, pieces: pieces) == expected, "\(pieces)")
        }
    }

    /// Random texts over few characters, so that near misses and overlaps are frequent.
    @Test(arguments: 0..<40)
    func againstTheNaiveRewriter(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var text = ""
        for _ in 0..<60 {
            let part = [Self.first, Self.second, Self.third].randomElement(using: &generator) ?? ""
            text += part.prefix(Int.random(in: 0...32, using: &generator))
            if Bool.random(using: &generator) { text += part }
            if Int.random(in: 0..<8, using: &generator) == 0 { text += "e" }
        }
        let expected = Self.naive(text)
        for pieces in [1, 7, 31, 32, 33, 64, 1000, 10_000] {
            #expect(Self.rewrite(text, pieces: pieces) == expected, "\(pieces)")
        }
    }

    // MARK: Trees

    private func digest(_ path: String, _ replacements: [String: String]) throws -> Digest {
        let place = try TreeLocation(path)
        return try treeDigest(place.name, in: place.parent, replacing: replacements)
    }

    private static let own = "{0:own.........................}"

    /// Contents, targets and names of two trees, each with its own hash.
    @Test func treesAreEqualButForTheirOwnHash() throws {
        let directory = try TemporaryDirectory()
        for (tree, hash) in [("a", Self.first), ("b", Self.third)] {
            try directory.write("start \(hash) end\n", to: "\(tree)/file")
            // Another order of names in each tree.
            try directory.write("x", to: "\(tree)/folder/\(hash)-name")
            try directory.write("y", to: "\(tree)/folder/h-name")
            try directory.link("\(tree)/link", to: "/nodeos/store/\(hash)-item/bin")
        }
        let one = try digest(directory.file("a"), [Self.first: Self.own])
        #expect(try digest(directory.file("b"), [Self.third: Self.own]) == one)
        #expect(try digest(directory.file("b"), [:]) != one)
        // The hash of the other in its place.
        try directory.write("start \(Self.first) end\n", to: "b/file")
        #expect(try digest(directory.file("b"), [Self.third: Self.own]) != one)
        // The text of the replacement in its place.
        try directory.write("start \(Self.own) end\n", to: "b/file")
        #expect(try digest(directory.file("b"), [Self.third: Self.own]) != one)
    }

    @Test func aCopyHasTheReplacements() throws {
        let directory = try TemporaryDirectory()
        let long = String(repeating: "filler ", count: 100_000)
        try directory.write("\(long)\(Self.first)\(long)", to: "a/file")
        try directory.write("", to: "a/\(Self.first)-empty")
        try directory.link("a/link", to: Self.first)
        try directory.write("\(long)\(Self.own)\(long)", to: "expected/file")
        try directory.write("", to: "expected/\(Self.own)-empty")
        try directory.link("expected/link", to: Self.own)
        let from = try TreeLocation(directory.file("a"))
        let to = try TreeLocation(directory.file("copy"))
        try copyTree(
            from.name, in: from.parent, to: to.name, in: to.parent,
            replacing: [Self.first: Self.own])
        let (differences, count) = try compareTrees(
            to, TreeLocation(directory.file("expected")), limit: 10)
        #expect(count == 0, "\(differences)")
    }
}
