import Foundation
import Primitives
import TestSupport
import Testing

/// `graph diff`, `diff-closures` and `graph --critical-path`.
@Suite(.timeLimit(.minutes(40))) struct GraphDiffTests {
    /// Two versions of a program: the compiler's flags changed, one input went, one came, a URL moved,
    /// and the library follows.
    private struct Versions {
        var store: StoreFixture
        let old: StoreFixture.Item
        let new: StoreFixture.Item

        init() throws {
            var store = try StoreFixture()
            let same = try store.derive("same", "echo > $out")
            func program(
                _ flags: String, _ url: String, _ extra: StoreFixture.Item, _ version: String
            ) throws -> StoreFixture.Item {
                let source = try store.fetch("source", [url], .hash("same"))
                let compiler = try store.derive(
                    "compiler-1.0", "echo $flags > $out", variables: ["flags": flags])
                let library = try store.derive(
                    "library", "cat \(compiler.output()) > $out", inputs: [compiler, same])
                let script =
                    "mkdir $out; cp \(library.output()) $out/x; echo \(library.output()) > $out/y"
                return try store.derive(
                    "program-\(version)", script,
                    inputs: [library, extra] + (url.isEmpty ? [] : [source]))
            }
            let gone = try store.derive("gone", "echo > $out")
            let fresh = try store.derive("fresh", "echo > $out")
            old = try program("--with-a --slow", "https://one.example/source", gone, "1.0")
            new = try program("--with-a --fast", "https://two.example/source", fresh, "1.1")
            self.store = store
        }
    }

    @Test func causesAndWhatFollows() throws {
        let versions = try Versions()
        let text = try versions.store.succeed(
            "graph", "diff", versions.old.drv, versions.new.drv
        ).output
        #expect(
            text.hasPrefix(
                "program-1.0 → program-1.1: 1 added, 1 removed, 2 changed, 1 only because of what "
                    + "they need, 1 the same\n"))
        #expect(
            text.contains(
                """

                ~ compiler-1.0, needed by library
                    variable flags
                      - --slow
                      + --fast

                """))
        #expect(text.contains("~ program-1.0 → program-1.1\n"))
        #expect(text.contains("\nadded\n+ fresh, needed by program-1.1\n"))
        #expect(text.contains("\nremoved\n- gone, needed by program-1.1\n"))
        #expect(text.contains("= source, needed by program-1.1\n"))
        #expect(text.hasSuffix("\nonly because of what they need\n  library\n"))
        let nothing = try versions.store.succeed(
            "graph", "diff", versions.old.drv, versions.old.drv
        ).output
        #expect(
            nothing
                == "program-1.0 → program-1.0: 0 added, 0 removed, 0 changed, 0 only because of "
                + "what they need, 6 the same\n")
    }

    @Test func asDataAndPicture() throws {
        let versions = try Versions()
        let json = try JSONValue(
            parsing: Array(
                try versions.store.succeed(
                    "graph", "diff", "--json", versions.old.drv, versions.new.drv
                ).output.utf8))
        let nodes = try #require(json["nodes"]?.array)
        let changes = nodes.map { "\($0["change"]?.string ?? "") \($0["name"]?.string ?? "")" }
        #expect(
            changes == [
                "changed compiler-1.0", "changed program-1.1", "added fresh", "removed gone",
                "follows library", "harmless source",
            ])
        #expect(nodes[2]["first"] == .null && nodes[3]["second"] == .null)
        #expect(json["edges"]?.array?.contains(.array([.integer(1), .integer(3)])) == true)
        let dot = try versions.store.succeed(
            "graph", "diff", "--format", "dot", versions.old.drv, versions.new.drv
        ).output
        #expect(dot.contains("label=\"program-1.0 → program-1.1\""))
        #expect(dot.contains("n1 -> n3 [style=dashed"))
        let svg = try versions.store.start(
            ["graph", "diff", "--format", "svg", versions.old.drv, versions.new.drv]
        ).wait()
        if svg.error.contains("install graphviz") { try Test.cancel("graphviz is not installed") }
        #expect(svg.output.contains("<svg") && svg.output.contains("library"))
    }

    @Test func closuresByPackage() throws {
        var store = try StoreFixture()
        func program(_ version: String, _ size: Int, _ other: String) throws -> StoreFixture.Item {
            let library = try store.derive(
                "library-\(version)", "dd if=/dev/zero of=$out bs=1000 count=\(size)")
            let helper = try store.derive(other, "echo x > $out")
            let kept = try store.derive("kept-2.0", "echo \(version) > $out")
            return try store.derive(
                "program", "echo \(library.output()) \(helper.output()) \(kept.output()) > $out",
                inputs: [library, helper, kept])
        }
        let old = try program("1.0", 100, "helper")
        let new = try program("1.1", 300, "other-3")
        for item in [old, new] { try store.realise(item) }
        let text = try store.succeed("diff-closures", old.output(), new.output()).output
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("helper: ε → ∅, -"))
        #expect(lines[1] == "library: 1.0 → 1.1, +200.0 kB")
        #expect(lines[2].hasPrefix("other: ∅ → 3, +"))
        #expect(lines[3].hasSuffix("2 more were only built anew"))
        let json = try JSONValue(
            parsing: Array(
                try store.succeed("diff-closures", "--json", old.output(), new.output()).output.utf8
            ))
        #expect(
            json["packages"]?.array?.map { $0["name"]?.string } == ["helper", "library", "other"])
        #expect(json["packages"]?.array?[1]["growth"]?.integer == 200_000)
        #expect(json["packages"]?.array?[0]["after"] == .null)
    }

    @Test func theLongestChain() throws {
        var store = try StoreFixture()
        let slow = try store.derive("slow", "sleep 1.2; echo > $out")
        let quick = try store.derive("quick", "echo > $out")
        let top = try store.derive("top", "sleep 0.4; echo > $out", inputs: [slow, quick])
        let none = try store.succeed("graph", "--critical-path", top.drv).output
        #expect(none == "no build of these 3 derivations is recorded here\n")
        try store.realise(top)
        let json = try JSONValue(
            parsing: Array(
                try store.succeed("graph", "--critical-path", "--format", "json", top.drv).output
                    .utf8))
        let chain = try #require(json["chain"]?.array)
        #expect(chain.map { $0["derivation"]?.string } == [slow.drv, top.drv])
        #expect(json["recorded"]?.integer == 3)
        #expect(
            json["criticalTime"]?.integer
                == chain.compactMap { $0["time"]?.integer }.reduce(0, +))
        let text = try store.succeed("graph", "--critical-path", top.drv).output
        #expect(text.contains("speed up first: slow ("))
        // Another version of a package is a guess for one that was never built.
        let other = try store.derive("top", "echo other > $out", inputs: [slow])
        #expect(
            try store.succeed("graph", "--critical-path", other.drv).output
                .contains("top (estimated)"))
    }
}
