import Foundation
import Primitives
import TestSupport
import Testing

/// `derivation add` of JSON that a person, or another Nix, wrote.
@Suite struct DerivationAddTests {
    private let store: StoreFixture

    init() throws { store = try StoreFixture() }

    private func record(
        _ name: String, _ script: String, outputs: String = #"{"out": {}}"#,
        inputs: String = "{}", environment: String = ""
    ) -> String {
        """
        {"name": "\(name)", "system": "\(StoreFixture.system)", "builder": "\(store.tools)/bin/sh",
         "args": ["-e", "-c", "\(script)"], "outputs": \(outputs),
         "env": {"name": "\(name)", "PATH": "\(store.tools)/bin"\(environment)},
         "inputDrvs": \(inputs), "inputSrcs": ["\(store.tools)"]}
        """
    }

    private func add(_ text: String, at location: SourceLocation = #_sourceLocation) throws
        -> [String]
    {
        let result = try store.run("derivation", "add", input: text)
        #expect(result.status == 0, "\(result.error)", sourceLocation: location)
        return result.lines
    }

    private func expectRefused(
        _ text: String, _ words: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try FileManager.default.contentsOfDirectory(
            atPath: store.real("/nodeos/store"))
        let result = try store.run("derivation", "add", input: text)
        #expect(result.status == 1, sourceLocation: location)
        #expect(result.error.contains(words), "\(result.error)", sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        let after = try FileManager.default.contentsOfDirectory(
            atPath: store.real("/nodeos/store"))
        #expect(Set(after) == Set(before), sourceLocation: location)
        #expect(store.scratch().isEmpty, sourceLocation: location)
    }

    @Test func absentPathsAreFilledIn() throws {
        let added = try add(
            record("two", "echo a > $out; echo b > $dev", outputs: #"{"out": {}, "dev": {}}"#))
        let outputs = try store.succeed("realise", added[0]).lines
        #expect(outputs.count == 2)
        #expect(try outputs.map(store.contents).sorted() == ["a\n", "b\n"])
    }

    @Test func emptyPathsAndVariablesAreFilledIn() throws {
        let absent = try add(record("one", "echo a > $out"))
        let empty = try add(
            record(
                "one", "echo a > $out", outputs: #"{"out": {"path": ""}}"#,
                environment: #", "out": """#))
        #expect(absent == empty)
        let null = try add(record("one", "echo a > $out", outputs: #"{"out": {"path": null}}"#))
        #expect(absent == null)
        try expectRefused(
            record("one", "echo a > $out", environment: #", "out": "/else""#),
            "the variable 'out' is '/else'")
        // A fixed output's path follows from its hash.
        let digest = Digest.hash("x\n")
        let fixed = try add(
            record(
                "fixed", "echo x > $out",
                outputs: #"{"out": {"hash": "\#(digest.sri)", "method": "flat"}}"#))
        #expect(try store.succeed("realise", fixed[0]).lines.count == 1)
    }

    /// They name each other by keys that are no paths of anything yet.
    @Test func severalAreAddedInTheOrderTheyNeed() throws {
        let key = { (name: String) in
            "/nodeos/store/\(String(repeating: "0", count: 32))-\(name).drv"
        }
        func inputs(_ names: String...) -> String {
            "{"
                + names.map { "\"\(key($0))\": {\"outputs\": [\"out\"]}" }
                .joined(separator: ",") + "}"
        }
        // By name, what needs the others comes first.
        let records = [
            ("a", record("a", "echo a > $out", inputs: inputs("b", "c"))),
            ("b", record("b", "echo b > $out", inputs: inputs("c"))),
            ("c", record("c", "echo c > $out")),
        ]
        let text = "{" + records.map { "\"\(key($0.0))\": \($0.1)" }.joined(separator: ",") + "}"
        let added = try add(text)
        #expect(added.map { $0.suffix(6) } == ["-c.drv", "-b.drv", "-a.drv"])
        try store.succeed("realise", try #require(added.last))
        #expect(try store.isValid(added[0]))
        #expect(
            try store.succeed("query", "references", added[2]).lines.sorted()
                == [added[0], added[1], store.tools].sorted())
        let circle =
            "{"
            + [("a", "b"), ("b", "a")].map {
                "\"\(key($0.0))\": \(record($0.0, "echo", inputs: inputs($0.1)))"
            }.joined(separator: ",") + "}"
        try expectRefused(circle, "a.drv")
    }

    @Test func whatNixWrapsIsRead() throws {
        let one = try add(record("one", "echo a > $out"))[0]
        let shown = try store.succeed("derivation", "show", one).output
        let value = try JSONValue(parsing: Array(shown.utf8))
        guard var members = value.object?.values.first?.object else {
            throw CocoaError(.coderReadCorrupt)
        }
        members["version"] = .integer(4)
        members["inputDrvs"] = nil
        members["inputSrcs"] = nil
        let tools = String(store.tools.split(separator: "/").last ?? "")
        members["inputs"] = .object(["drvs": .object([:]), "srcs": .strings([tools])])
        let key = String(one.split(separator: "/").last ?? "")
        func text(_ version: JSONValue, _ more: [String: JSONValue] = [:]) -> String {
            let value = JSONValue.object(
                more.merging([
                    "version": version, "derivations": .object([key: .object(members)]),
                ]) { $1 })
            return String(decoding: value.text(), as: UTF8.self)
        }
        #expect(try add(text(.integer(4))) == [one])
        try expectRefused(text(.integer(5)), "version 5")
        try expectRefused(text(.integer(4), ["more": .null]), "'more' is not known")
    }

    @Test func structuredAttributesAreBuiltWith() throws {
        let plain = record("attrs", ". $NIX_ATTRS_SH_FILE; echo")
        var members = try #require(try JSONValue(parsing: Array(plain.utf8)).object)
        members["structuredAttrs"] = .object(["a": .string("b c")])
        func text() -> String {
            String(decoding: JSONValue.object(members).text(), as: UTF8.self)
        }
        try expectRefused(text(), "would not see the variable 'PATH'")
        members["env"] = .object([:])
        let added = try add(text())[0]
        #expect(
            try store.succeed("derivation", "show", added).output
                .contains(#""__json": "{\"a\":\"b c\"}""#))
    }

    @Test func aRefusedOneLeavesNothing() throws {
        let missing = "/nodeos/store/\(String(repeating: "0", count: 32))-gone"
        let text = record("needy", "echo").replacing(
            #""inputSrcs": ["#, with: #""inputSrcs": ["\#(missing)", "#)
        try expectRefused(text, "\(missing.split(separator: "/").last ?? "")")
        try expectRefused(
            record("needy", "echo", inputs: #"{"\#(missing).drv": {"outputs": ["out"]}}"#),
            "gone.drv")
    }

    @Test func whatIsNotSupportedIsNamed() throws {
        let hash = "blake3-" + Digest.hash("x").base64
        try expectRefused(
            record("b", "echo", outputs: #"{"out": {"hash": "\#(hash)", "method": "nar"}}"#),
            "BLAKE3")
        try expectRefused(
            record("b", "echo", outputs: #"{"out": {"hashAlgo": "blake3", "method": "nar"}}"#),
            "BLAKE3")
        let name = "\(String(repeating: "0", count: 32))-x.drv"
        for (text, words) in [
            (#"DrvWithVersion("xp-dyn-drv",[],[],[],"","",[],[])"#, "dynamic derivations"),
            (#"DrvWithVersion("xp-new",[],[],[],"","",[],[])"#, "version 'xp-new'"),
            (
                #"Derive([("out","/nodeos/store/\#(name.dropLast(4))","r:blake3","00")],[],[],"s","b",[],[])"#,
                "BLAKE3"
            ),
        ] {
            let file = try store.directory.write(text, to: name)
            for command in ["add", "show", "check"] {
                let result = try store.run("derivation", command, file)
                #expect(result.status == 1)
                #expect(
                    (result.output + result.error).contains(words),
                    "\(command): \(result.output)\(result.error)")
            }
        }
    }
}
