import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Derivations with `__structuredAttrs`: what their builders find, and what is asked of their
/// outputs. That the files are those of Nix is shown by `ConformanceTests`.
@Suite struct StructuredAttributesTests {
    /// A derivation whose attributes are a JSON text, and whose script has `$out` and `$lib`.
    private func derive(
        _ name: String, _ attributes: String, _ script: String = "echo x > $out",
        outputs: [String] = ["out"], inputs: [StoreFixture.Item] = [],
        in store: inout StoreFixture
    ) throws -> StoreFixture.Item {
        var members = try #require(try JSONValue(parsing: Array(attributes.utf8)).object)
        members["outputs"] = .strings(outputs)
        let json = String(decoding: JSONValue.object(members).text(isPretty: false), as: UTF8.self)
        let find = outputs.map {
            "\($0)=$(sed 's/.*\"outputs\":{[^}]*\"\($0)\":\"\\([^\"]*\\)\".*/\\1/' $NIX_ATTRS_JSON_FILE)\n"
        }
        return try store.derive(
            name, "export PATH=\(store.tools)/bin\n" + find.joined() + script, inputs: inputs,
            outputs: outputs, variables: ["__json": json])
    }

    @Test func theBuilderReadsThem() throws {
        var store = try StoreFixture()
        let item = try derive(
            "read", #"{"text": "it's \"here\"\n", "list": ["a b", 1, true]}"#,
            """
            test -z "${text-}${name-}"
            test "$NIX_ATTRS_SH_FILE" = /build/.attrs.sh
            cat $NIX_ATTRS_JSON_FILE $NIX_ATTRS_SH_FILE > $out
            """, in: &store)
        try store.realise(item)
        let out = item.output()
        #expect(
            try store.contents(out) == """
                {"list":["a b",1,true],"outputs":{"out":"\(out)"},"text":"it's \\"here\\"\\n"}\
                declare -a list=('a b' 1 1 )
                declare -A outputs=(['out']='\(out)' )
                declare text='it'\\''s "here"
                '

                """)
    }

    @Test func eachOutputHasRulesOfItsOwn() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        try store.realise(one)
        let leak = "echo \(one.output()) > $out; echo $out > $lib"
        func failure(_ name: String, _ checks: String, _ script: String) throws -> String {
            let item = try derive(
                name, #"{"outputChecks": \#(checks)}"#, script, outputs: ["lib", "out"],
                inputs: [one], in: &store)
            return try store.failure(100, item.drv)
        }
        let fine = try derive(
            "fine", #"{"outputChecks": {"lib": {"allowedReferences": ["out"]}}}"#, leak,
            outputs: ["lib", "out"], inputs: [one], in: &store)
        try store.realise(fine)
        let name = one.output()
        #expect(
            try failure("direct", #"{"out": {"disallowedReferences": ["\#(name)"]}}"#, leak)
                .contains("disallowedReferences"))
        #expect(
            try failure("far", #"{"lib": {"disallowedRequisites": ["\#(name)"]}}"#, leak)
                .contains("disallowedRequisites"))
        // Here an output is among its own requisites, as in Nix.
        #expect(
            try failure(
                "itself", #"{"lib": {"allowedRequisites": []}}"#, "echo > $out; echo > $lib"
            ).contains("-itself-lib', which allowedRequisites does not list"))
        let large = "head -c 5000 /dev/zero > $out; echo $out > $lib"
        // The NAR has 112 bytes around the file.
        #expect(
            try failure("large", #"{"out": {"maxSize": 5111}}"#, large)
                .contains("has 5112 bytes, and maxSize allows 5111"))
        #expect(
            try failure("closure", #"{"lib": {"maxClosureSize": 5200}}"#, large)
                .contains("maxClosureSize allows 5200"))
    }

    /// `unsafeDiscardReferences`, of one output and not of the other.
    @Test func referencesAreDiscardedWhereThatIsAskedFor() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let script = "echo \(one.output()) $out > $out; echo \(one.output()) > $lib"
        let item = try derive(
            "image",
            #"{"unsafeDiscardReferences": {"out": true, "lib": false}, "outputChecks": {"out": {"allowedReferences": []}}}"#,
            script, outputs: ["lib", "out"], inputs: [one], in: &store)
        try store.realise(item)
        #expect(try store.succeed("query", "references", item.output()).lines == [])
        #expect(
            try store.succeed("query", "references", item.output("lib")).lines == [one.output()])
        try store.succeed("verify", "--check-contents")
        // As variables, they mean nothing.
        let plain = try store.derive(
            "plain", "echo \(one.output()) > $out", inputs: [one],
            variables: ["unsafeDiscardReferences": "1"])
        try store.realise(plain)
        #expect(try store.succeed("query", "references", plain.output()).lines == [one.output()])
    }

    @Test func whatTheyAskForWronglyIsSaid() throws {
        var store = try StoreFixture()
        let wrong = [
            ("list", #"{"outputChecks": {"out": {"allowedReferences": "x"}}}"#, "list of texts"),
            ("discards", #"{"unsafeDiscardReferences": {"out": "yes"}}"#, "neither true nor false"),
            ("discard", #"{"unsafeDiscardReferences": true}"#, "record of outputs"),
            ("size", #"{"outputChecks": {"out": {"maxSize": -1}}}"#, "number of bytes"),
            ("graph", #"{"exportReferencesGraph": ["a", "b"]}"#, "record of lists"),
            ("feature", #"{"requiredSystemFeatures": ["moon"]}"#, "'moon'"),
        ]
        for (name, attributes, text) in wrong {
            let item = try derive(name, attributes, in: &store)
            #expect(try store.failure(1, item.drv).contains(text))
        }
    }

    @Test func closuresOfDerivationsHoldTheirOutputs() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        try store.realise(one)
        let item = try store.derive(
            "closure", "cp graph $out", variables: ["exportReferencesGraph": "graph \(one.drv)"]
        ) { $0.inputSources.insert(one.path) }
        try store.realise(item)
        let lines = try store.contents(item.output()).split(separator: "\n").map { String($0) }
        #expect(lines.contains(one.drv))
        #expect(lines.contains(one.output()))
    }

    /// A quote before a combining mark is one Swift character with it, and a quote to Bash.
    @Test func quotesAreQuotesWhateverFollowsThem() throws {
        var store = try StoreFixture()
        let values = [
            "'\u{301}; touch BAD; '", "''\u{200d}$(touch BAD)", "\r\n'\u{20dd}`touch BAD`",
        ]
        let attributes = JSONValue.object([
            "text": .string(values[0]), "list": .strings(values),
            "record": .object(["k'\u{301}; touch BAD; '": .string(values[1])]),
        ])
        let item = try derive(
            "quotes", String(decoding: attributes.text(isPretty: false), as: UTF8.self),
            "cp $NIX_ATTRS_SH_FILE $out", in: &store)
        try store.realise(item)
        let script = """
            cd "$2"; . "$1"; printf '%s|' "$text" "${list[@]}" "${!record[@]}" "${record[@]}"
            ! test -e BAD
            """
        let bash: ChildProcess
        do {
            bash = try ChildProcess(
                ["bash", "-euc", script, "bash", store.real(item.output()), store.directory.path],
                environment: store.environment)
        } catch { try Test.cancel("no bash: \(error)") }
        let result = try bash.wait()
        #expect(result.status == 0, "\(result.error)")
        let expected = [values[0]] + values + ["k'\u{301}; touch BAD; '", values[1]]
        #expect(Array(result.output.utf8) == Array(expected.map { $0 + "|" }.joined().utf8))
    }
}
