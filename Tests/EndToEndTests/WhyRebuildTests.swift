import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `why-rebuild`: the first differing inputs, and not what follows from them.
@Suite(.timeLimit(.minutes(40))) struct WhyRebuildTests {
    private func answer(
        _ store: StoreFixture, _ first: StoreFixture.Item, _ second: StoreFixture.Item
    ) throws -> JSONValue {
        let output = try store.succeed("why-rebuild", "--json", first.drv, second.drv).output
        return try JSONValue(parsing: Array(output.utf8))
    }

    /// Differences as `derivation field key -removed +added`.
    private func lines(_ pairs: JSONValue?) throws -> [String] {
        try (pairs?.array ?? []).flatMap { pair in
            let name = try #require(pair["chain"]?.array?.last?.string)
            return (pair["differences"]?.array ?? []).map { difference in
                let words =
                    (difference["removed"]?.array ?? []).compactMap { $0.string.map { "-" + $0 } }
                    + (difference["added"]?.array ?? []).compactMap { $0.string.map { "+" + $0 } }
                let title = [name, difference["field"]?.string, difference["key"]?.string]
                return (title.compactMap(\.self).filter { !$0.isEmpty } + words)
                    .joined(separator: " ")
            }
        }
    }

    /// compiler → library → program: what the compiler's flags change is told once.
    @Test func theCauseAndNotTheCascade() throws {
        var store = try StoreFixture()
        func program(_ flags: String, _ store: inout StoreFixture) throws -> StoreFixture.Item {
            let compiler = try store.derive(
                "compiler-1.0", "echo $flags > $out", variables: ["flags": flags])
            let library = try store.derive(
                "library", "cat \(compiler.output()) > $out", inputs: [compiler],
                variables: ["PATH": "/a:\(compiler.output())/bin:/b"])
            return try store.derive(
                "program", "cat \(library.output()) > $out", inputs: [library, compiler])
        }
        let one = try program("--with-a --with-b", &store)
        let two = try program("--with-a --with-c", &store)
        let json = try answer(store, one, two)
        #expect(json["rebuilds"]?.bool == true)
        #expect(json["consequences"]?.integer == 2)
        let cause = "compiler-1.0 variable flags ---with-b +--with-c"
        #expect(try lines(json["causes"]) == [cause])
        let text = try store.succeed("why-rebuild", one.drv, two.drv).output
        #expect(
            text == """
                rebuilt because of 1 derivation; 2 others only because of what they need:

                compiler-1.0, needed by program
                  variable flags
                    - --with-b
                    + --with-c

                """)
        #expect(try lines(answer(store, one, one)["causes"]) == [])
        #expect(
            try store.succeed("why-rebuild", one.drv, one.drv).output
                == "not rebuilt: the outputs are the same\n")
    }

    @Test func versionsInputsArgumentsAndOutputs() throws {
        var store = try StoreFixture()
        let old = try store.derive("dep-1.0", "echo > $out")
        let new = try store.derive("dep-1.1", "echo > $out")
        let gone = try store.derive("gone", "echo > $out")
        let fresh = try store.derive("fresh", "echo > $out")
        let one = try store.derive("one", "cat \(old.output())\nold line", inputs: [old, gone])
        let two = try store.derive(
            "one", "cat \(new.output())\nnew line", inputs: [new, fresh], outputs: ["out", "lib"])
        let json = try answer(store, one, two)
        let lines = try lines(json["causes"])
        #expect(lines.contains("dep-1.1 name -dep-1.0 +dep-1.1"))
        #expect(lines.contains("one arguments 3 -old line +new line"))
        #expect(lines.contains("one inputs -\(gone.baseName) +\(fresh.baseName)"))
        #expect(lines.contains("one output lib +any content"))
        // Inputs come before what needs them.
        #expect(lines.first?.hasPrefix("dep-1.1") == true)
        #expect(lines.last?.hasPrefix("one") == true)
    }

    /// A fixed output counts by its hash: a URL changes `.drv`s all the way up, and no output.
    /// Of structured attributes the one that changed is told, not the whole JSON text.
    @Test func structuredAttributes() throws {
        var store = try StoreFixture()
        func item(_ json: String, _ store: inout StoreFixture) throws -> StoreFixture.Item {
            try store.derive("attributes", "exit 1", variables: ["__json": json])
        }
        let one = try item(
            #"{"name":"attributes","builder":"x","flags":["a","b"],"text":"one two"}"#, &store)
        let two = try item(
            #"{"name":"attributes","builder":"y","flags":["a","c"],"text":"one three"}"#, &store)
        #expect(
            try lines(answer(store, one, two)["causes"]) == [
                #"attributes variable flags -["a","b"] +["a","c"]"#,
                "attributes variable text -two +three",
            ])
    }

    @Test func fixedOutputsFromElsewhereCauseNothing() throws {
        var store = try StoreFixture()
        func program(_ url: String, _ hash: String, _ store: inout StoreFixture) throws
            -> StoreFixture.Item
        {
            let source = try store.fetch("source", [url], .hash(hash))
            return try store.derive("program", "cat \(source.output()) > $out", inputs: [source])
        }
        let one = try program("https://one.example/source", "same", &store)
        let two = try program("https://two.example/source", "same", &store)
        let three = try program("https://two.example/source", "other", &store)
        #expect(one.drv != two.drv && one.output() == two.output())
        let url = "source variable urls -https://one.example/source +https://two.example/source"
        let same = try answer(store, one, two)
        #expect(same["rebuilds"]?.bool == false)
        #expect(try lines(same["causes"]) == [])
        #expect(try lines(same["harmless"]) == [url])
        let text = try store.succeed("why-rebuild", one.drv, two.drv).output
        #expect(text.hasPrefix("not rebuilt: the outputs are the same\n"))
        #expect(text.contains("no reason to rebuild"))
        let other = try answer(store, two, three)
        #expect(other["rebuilds"]?.bool == true)
        #expect(other["consequences"]?.integer == 1)
        #expect(
            try lines(other["causes"]) == [
                "source output out -flat \(Digest.hash("same").sri) "
                    + "+flat \(Digest.hash("other").sri)"
            ])
    }

    /// Scripts are sources of their own: the lines that changed are told.
    @Test func linesOfASource() throws {
        var store = try StoreFixture()
        func program(_ script: String, _ store: inout StoreFixture) throws -> StoreFixture.Item {
            try store.directory.write(script, to: "build.sh")
            let path = try store.succeed("add", store.directory.file("build.sh")).lines[0]
            return try store.derive("program", ". \(path)") {
                $0.inputSources.insert(try StoreDirectory.nodeos.parse(path))
            }
        }
        let one = try program("one\ntwo\nthree\n", &store)
        let two = try program("one\n2\nthree\n", &store)
        #expect(
            try lines(answer(store, one, two)["causes"]) == ["program source build.sh -two +2"])
    }

    @Test func whatIsNotThereIsSaid() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo > $out")
        let result = try store.run("why-rebuild", one.drv, store.tools)
        #expect(result.status == 1)
        #expect(result.error.contains("does not end in '.drv'"))
    }
}
