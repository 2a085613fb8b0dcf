import Primitives
import Testing

/// JSON texts, right and wrong (RFC 8259).
@Suite struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-1", "9223372036854775807", "0.5", "\"\"", "[]", "{}",
        #"["a",1,[null]]"#, #"{"a":{"b":[1,2]},"c":"d"}"#, #""\"\\\n\t\u0000 é €""#,
    ]) func roundTrip(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(String(decoding: value.text(isPretty: false), as: UTF8.self) == text)
        #expect(try JSONValue(parsing: value.text()) == value)
    }

    @Test func escapes() throws {
        let value = try JSONValue(parsing: Array(#""\u00e9\ud83d\ude00\/\b\f\r""#.utf8))
        #expect(value == .string("é😀/\u{8}\u{c}\r"))
    }

    @Test func pretty() throws {
        let value = JSONValue.object(["b": .array([.integer(1), .bool(true)]), "a": .object([:])])
        #expect(
            String(decoding: value.text(), as: UTF8.self)
                == "{\n  \"a\": {},\n  \"b\": [\n    1,\n    true\n  ]\n}")
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "1.", ".5", "-", "1e", "1e999", "+1", "\"", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "[1,]", "[1 2]", "{\"a\"}",
        "{a:1}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "[1]]", "'a'", "NaN",
    ]) func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test func notUnicodeAndTooDeep() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (75_900_000, "75.9 MB"),
        (999_949, "999.9 kB"), (999_950, "1.0 MB"), (UInt64.max, "18446.7 PB"),
    ]) func byteCounts(value: UInt64, text: String) {
        #expect("\(ByteCount(value))" == text)
    }
}
