import Primitives
import Testing

/// Bytes that need not be UTF-8, and text that would steer a terminal.
@Suite struct TextTests {
    @Test func bytesComeBackAsTheyWere() {
        // By bytes: Unicode holds some of them for equal.
        var texts: Set<[UInt8]> = []
        var all: [[UInt8]] = (0...255).flatMap { first in
            [[first], [first, 0x41]] + (128...255).map { [first, $0] }
        }
        // What stands for a byte elsewhere, cut-off characters, surrogates, U+10FFFF.
        all += [
            [0xf4, 0x8f, 0xbb, 0xa9], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80],
            [0xf4, 0x8f, 0xbf, 0xbf], [0xc0, 0x80], [0xe9, 0xc3, 0xa9],
        ]
        for bytes in all {
            let text = String(systemBytes: bytes)
            #expect(text.systemBytes == bytes)
            texts.insert(Array(text.utf8))
        }
        #expect(texts.count == Set(all).count, "different bytes are different texts")
        #expect(String(systemBytes: Array("é 😀".utf8)) == "é 😀")
    }

    @Test(arguments: [
        ("plain é 😀\ttab\nline", "plain é 😀\ttab\nline"),
        ("\u{1b}[2J\u{7}\u{8}\u{7f}\0", "\\x1b[2J\\x07\\x08\\x7f\\x00"),
        ("\u{9b}31m\u{85}", "\\u{9b}31m\\u{85}"),
        ("a\u{202e}b\u{2066}c\u{61c}\u{200f}", "a\\u{202e}b\\u{2066}c\\u{61c}\\u{200f}"),
        ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\u{1b}[31mred\u{1b}[0m", "\\x1b[31mred\\x1b[0m"),
        (String(systemBytes: [0x61, 0xe9, 0x9b]), "a\\xe9\\x9b"),
    ]) func whatSteersIsSpelledOut(text: String, shown: String) {
        #expect(TerminalCleaner.clean(text) == shown)
    }

    @Test(arguments: [
        ("\u{1b}[1;31mred\u{1b}[K\u{1b}[m", "\u{1b}[1;31mred\u{1b}[m", "red"),
        ("\u{1b}[38:2::1:2:3mx", "\u{1b}[38:2::1:2:3mx", "x"),
        ("\u{1b}[?1049hx", "\\x1b[?1049hx", "\\x1b[?1049hx"),
        ("\u{1b}[>4;1mx", "\\x1b[>4;1mx", "\\x1b[>4;1mx"),
        ("\u{1b}[31\u{1b}]0;t\u{7}", "\\x1b[31\\x1b]0;t\\x07", "\\x1b[31\\x1b]0;t\\x07"),
        ("\u{1b}", "\\x1b", "\\x1b"), ("\u{1b}[1", "\\x1b[1", "\\x1b[1"),
        (
            "\u{1b}[\(String(repeating: "1", count: 90))m",
            "\\x1b[\(String(repeating: "1", count: 90))m",
            "\\x1b[\(String(repeating: "1", count: 90))m"
        ),
    ]) func coloursAndNothingElse(text: String, kept: String, dropped: String) {
        #expect(TerminalCleaner.clean(text, colours: .kept) == kept)
        #expect(TerminalCleaner.clean(text, colours: .dropped) == dropped)
    }

    /// Wherever the chunks of a stream end.
    @Test(arguments: 1...7) func chunksDoNotMatter(size: Int) {
        let text = "é😀\u{9b}\u{1b}[31mred\u{1b}[0m\r\n\u{202e}\r\u{1b}[2J é"
        let bytes = Array(text.utf8) + [0xe9, 0x9b, 0xf0, 0x9f]
        for colours in [TerminalCleaner.Colours.spelledOut, .dropped, .kept] {
            var whole = TerminalCleaner(colours: colours)
            let expected = whole.clean(bytes.span) + whole.end()
            var cleaner = TerminalCleaner(colours: colours)
            var result: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                let end = min(start + size, bytes.count)
                result += cleaner.clean(bytes.span.extracting(start..<end))
            }
            #expect(result + cleaner.end() == expected)
        }
    }

    @Test func jsonIsHarmless() throws {
        let text = "\u{9b}\u{7f}\u{202e}\u{2028}" + String(systemBytes: [0xe9])
        let json = JSONValue.string(text).text()
        #expect(
            String(decoding: json, as: UTF8.self)
                == #""\u009b\u007f\u202e\u2028\udbff\udee9""#)
        #expect(try JSONValue(parsing: json).string == text)
        let entries = JSONValue.entries([
            .init(key: "e\u{301}", value: .null), .init(key: "\u{e9}", value: .null),
        ])
        #expect(
            String(decoding: entries.text(isPretty: false), as: UTF8.self)
                == "{\"e\u{301}\":null,\"\u{e9}\":null}")
    }

    @Test func pathsAreBytes() {
        let accent = "/a/\u{301}b//c"
        #expect(
            accent.pathComponents.map { Array($0.utf8) }
                == ["a", "\u{301}b", "c"].map { Array($0.utf8) })
        #expect("/\u{301}".isAbsolutePath && !"a/".isAbsolutePath)
        #expect("/a/\u{301}b".path(below: "/a") == "\u{301}b")
        #expect("/ab".path(below: "/a") == nil)
        #expect("a\nb\r\nc".oneLine == "a\\nb\r\\nc")
    }
}
