import Primitives
import StoreModel
import Testing

/// Texts that are not derivations, and what is said of them.
@Suite struct MalformedDerivationTests {
    static let a = "/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-a"
    static let b = "/nodeos/store/b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-b"

    /// A derivation with parts replaced.
    static func text(
        outputs: String = #"[("out","","","")]"#, inputs: String = "[]", sources: String = "[]",
        arguments: String = "[]", environment: String = #"[("out","")]"#, end: String = ")"
    ) -> String {
        #"Derive(\#(outputs),\#(inputs),\#(sources),"s","b",\#(arguments),\#(environment)\#(end)"#
    }

    /// A derivation that ends in its arguments.
    static func cut(_ arguments: String) -> String {
        #"Derive([("out","","","")],[],[],"s","b",\#(arguments)"#
    }

    static let cases: [(text: String, says: String)] = [
        ("", "ends where 'D'"),
        ("Derive", "ends where '('"),
        ("derive([])", "expected 'D'"),
        (" " + text(), "line 1, offset 0"),
        (text(end: ""), "ends where ')'"),
        (text(end: ")\n"), "goes on"),
        (text(end: "))"), "goes on"),
        (text(end: ",[])"), "expected ')'"),
        (cut(#"["a"#), "has no end"),
        (cut(#"["a\"]"#), "has no end"),
        (cut(#"["a\"#), "has no end"),
        (text(arguments: #"["a",]"#), "expected '\"'"),
        (text(arguments: #"[,"a"]"#), "expected '\"'"),
        (text(arguments: #"["a" ,"b"]"#), "expected ',' or ']'"),
        (cut(#"["a","b""#), "found the end of the text"),
        (text(arguments: #"("a")"#), "expected '['"),
        (text(environment: #"[("b","1"),("a","2")]"#), "must be sorted"),
        (text(environment: #"[("a","1"),("a","2")]"#), "stands twice"),
        (text(environment: #"[("a","1"),("a\","2")]"#), "expected"),
        (text(environment: #"[("a")]"#), "expected ','"),
        (text(environment: #"[("a","b","c")]"#), "expected ')'"),
        (text(outputs: #"[("out","","","","")]"#), "expected ')'"),
        (text(outputs: #"[("out","","")]"#), "expected ','"),
        (text(outputs: #"[("out","","",""),("dev","","","")]"#), "must be sorted"),
        (text(outputs: #"[("out","","",""),("out","","","")]"#), "stands twice"),
        (text(outputs: #"[("o/t","","","")]"#), "characters that no store path has"),
        (text(inputs: #"[("\#(a)",["o t"])]"#), "characters that no store path has"),
        (text(outputs: #"[("out","relative","","")]"#), "relative"),
        (text(outputs: #"[("out","/etc/passwd","","")]"#), "/etc/passwd"),
        (text(outputs: #"[("out","/nodeos/store/../etc","","")]"#), ".."),
        (text(outputs: #"[("out","\#(a)/below","","")]"#), "below"),
        (text(outputs: #"[("out","\#(a)","sha256","")]"#), "no known kind"),
        (text(outputs: #"[("out","\#(a)","","00")]"#), "no known kind"),
        (text(outputs: #"[("out","\#(a)","sha256","00")]"#), "no known kind"),
        (text(outputs: #"[("out","\#(a)","sha256","impure")]"#), "no known kind"),
        (text(outputs: #"[("out","","md4","")]"#), "no known kind"),
        (text(outputs: #"[("out","","R:sha256","")]"#), "no known kind"),
        (text(outputs: #"[("out","","r:r:sha256","")]"#), "no known kind"),
        (text(outputs: #"[("out","","sha256","pure")]"#), "no known kind"),
        (text(inputs: #"[("\#(b)",["out"]),("\#(a)",["out"])]"#), "must be sorted"),
        (text(inputs: #"[("\#(a)",["out"]),("\#(a)",["out"])]"#), "stands twice"),
        (text(inputs: #"[("\#(a)",["out","dev"])]"#), "must be sorted"),
        (text(inputs: #"[("\#(a)",["out","out"])]"#), "stands twice"),
        (text(inputs: #"[("\#(a)",["out"],[])]"#), "expected ')'"),
        (text(inputs: #"["\#(a)"]"#), "expected '('"),
        (text(sources: #"["\#(b)","\#(a)"]"#), "must be sorted"),
        (text(sources: #"["\#(a)","\#(a)"]"#), "stands twice"),
        (text(sources: #"["/nix/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-a"]"#), "/nix/store"),
        (text(sources: #"["/nodeos/store/2L8m7iwfclnwbvm15kwlm5622fmxzdx4-a"]"#), "2L8m"),
        (text(sources: #"["/nodeos/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a"]"#), "eeee"),
        (text(sources: #"["/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-"]"#), "fmxzdx4-"),
        (text(sources: #"["/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-a b"]"#), "a b"),
        (text(sources: #"[""]"#), "offset"),
        (#"DrvWithVersion("xp-dyn-drv",[],[],[],"","",[],[])"#, "not supported"),
    ]

    @Test(arguments: cases.indices) func refused(index: Int) throws {
        let (text, says) = Self.cases[index]
        let error = #expect(throws: DerivationError.self) {
            try Derivation(parsing: Array(text.utf8), name: "x", in: .nodeos)
        }
        let message = "\(try #require(error))"
        #expect(message.contains(says), "\(text): \(message)")
    }

    @Test func placeIsTold() throws {
        let text = Self.text(environment: "[(\"a\",\"1\n2\n3\"),(\"a\",\"\")]")
        let error = #expect(throws: DerivationError.self) {
            try Derivation(parsing: Array(text.utf8), name: "x", in: .nodeos)
        }
        guard case .syntax(let offset, let line, _)? = error else {
            Issue.record("not a syntax error")
            return
        }
        #expect(line == 3)
        #expect(Array(text.utf8)[offset...].starts(with: "(\"a\",\"\")".utf8))
    }

    @Test func pathsThatAreNotUTF8() {
        var bytes = Array(Self.text(sources: #"["@"]"#).utf8)
        if let place = bytes.firstIndex(of: UInt8(ascii: "@")) { bytes[place] = 0xff }
        #expect(throws: DerivationError.self) {
            try Derivation(parsing: bytes, name: "x", in: .nodeos)
        }
    }

    /// Escapes that Nix does not write are read as Nix reads them, and print back without.
    @Test func oddEscapes() throws {
        let text = Self.text(arguments: #"["\a\/\0\x\é"]"#)
        let derivation = try Derivation(parsing: Array(text.utf8), name: "x", in: .nodeos)
        #expect(derivation.arguments == ["a/0xé"])
    }

    /// One field of 100 MB: read once, without anything that grows faster than it.
    @Test func hugeField() throws {
        var bytes = Array(Self.text(arguments: "[\"@").utf8.prefix { $0 != UInt8(ascii: "@") })
        bytes += [UInt8](repeating: 0x61, count: 100 << 20)
        bytes += Array(#""],[("out","")])"#.utf8)
        let derivation = try Derivation(parsing: bytes, name: "x", in: .nodeos)
        #expect(derivation.arguments.first?.bytes.count == 100 << 20)
        bytes.removeLast(20)
        #expect(throws: DerivationError.self) {
            try Derivation(parsing: bytes, name: "x", in: .nodeos)
        }
    }
}
