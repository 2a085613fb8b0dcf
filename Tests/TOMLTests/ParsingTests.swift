import TOML
import Testing

/// Values with their places, and texts that are refused.
@Suite struct ParsingTests {
    private func parse(_ text: String) throws -> TOMLValue {
        try TOMLValue.parsing(Array(text.utf8))
    }

    private func entries(_ text: String) throws -> [TOMLEntry] {
        guard case .table(let entries) = try parse(text).content else { return [] }
        return entries
    }

    @Test func everyValueKnowsItsPlace() throws {
        let found = try entries(
            "# a comment\n\tname = \"hello\"\n\"ä\" = 3\nlist = [true,\n  'x']\n")
        #expect(found.map(\.key).sorted() == ["list", "name", "ä"])
        let name = try #require(found.first { $0.key == "name" })
        #expect(name.place == TOMLPlace(line: 2, column: 2))
        #expect(name.value == TOMLValue(.string("hello"), at: TOMLPlace(line: 2, column: 9)))
        let number = try #require(found.first { $0.key == "ä" })
        #expect(number.value == TOMLValue(.integer(3), at: TOMLPlace(line: 3, column: 7)))
        let list = try #require(found.first { $0.key == "list" })
        #expect(
            list.value.content
                == .array([
                    TOMLValue(.boolean(true), at: TOMLPlace(line: 4, column: 9)),
                    TOMLValue(.string("x"), at: TOMLPlace(line: 5, column: 3)),
                ]))
    }

    @Test func tablesAreNested() throws {
        let found = try entries("[[a]]\nx = 1\n[[a]]\n[b.c]\nd.e = 1.5\n")
        #expect(found.map(\.value.kind) == ["a list", "a table"])
        #expect(try entries("").isEmpty)
    }

    @Test(arguments: [
        ("a = 1\nb = 2\na = 3\n", 3, 5, "cannot redefine existing integer 'a'"),
        ("[a]\n[a]\n", 2, 1, "cannot redefine existing table 'a'"),
        ("a = hello\n", 1, 5, "could not determine value type"),
        ("a = [1,\n2,,]", 2, 3, "saw comma"),
        // What toml++ 3.3 asserts, and a typing error makes.
        ("[&a]\n", 1, 2, "saw '&'"), ("a.& = 1\n", 1, 3, "saw '&'"),
        // What it takes for unreachable: letters beyond ASCII outside of quotes.
        ("a = ä\n", 1, 5, "could not determine value type"), ("a = 1 ä\n", 1, 7, "'ä'"),
        ("ä = 1\n", 1, 1, "'ä'"),
        ("a = \"x", 1, 7, "encountered end-of-file"),
    ])
    func faultsHavePlaces(text: String, line: Int, column: Int, reason: String) throws {
        let error = #expect(throws: TOMLError.self) { try parse(text) }
        #expect(error?.place == TOMLPlace(line: line, column: column))
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let error = #expect(throws: TOMLError.self) {
            try TOMLValue.parsing([0x61, 0x3d, 0x22, 0xff, 0x22])
        }
        #expect(error?.reason.contains("utf-8") == true)
    }

    /// Each would take a parser's stack, or memory.
    @Test(arguments: [
        String(repeating: "x", count: 70_000),
        "[" + Array(repeating: "a", count: 30_000).joined(separator: ".") + "]",
        Array(repeating: "a", count: 2_000).joined(separator: ".") + " = 1",
        "a = " + String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000),
        "a = " + String(repeating: "{a=", count: 9_000) + "1"
            + String(repeating: "}", count: 9_000),
        "a = " + String(repeating: "[", count: 20) + String(repeating: "]", count: 20),
    ])
    func whatIsTooMuchIsRefused(text: String) {
        #expect(throws: TOMLError.self) { try parse(text) }
    }
}
