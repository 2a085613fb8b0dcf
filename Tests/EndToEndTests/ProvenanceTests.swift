import Foundation
import Primitives
import TestSupport
import Testing

/// `audit provenance` and `audit sbom`.
@Suite(.timeLimit(.minutes(40))) struct ProvenanceTests {
    private func json(_ result: ChildProcess.Result) throws -> JSONValue {
        try #require(result.status == 0, "\(result.error)")
        return try JSONValue(parsing: Array(result.output.utf8))
    }

    @Test func theStatementNamesAllThatWasUsed() throws {
        var store = try StoreFixture()
        let file = try store.directory.write("fetched\n", to: "source")
        let download = try store.fetch("source", ["file://" + file], Digest.hash("fetched\n"))
        let input = try store.derive("input", "echo $PATH > $out")
        let item = try store.derive(
            "made", "cat \(input.output()) \(download.output()) > $out; echo x > $dev",
            inputs: [input, download], outputs: ["out", "dev"])
        try store.realise(item)
        let statement = try json(store.run("audit", "provenance", item.output()))
        // The names are those of the specifications: in-toto.io/Statement/v1, slsa.dev/provenance/v1.
        #expect(statement["_type"]?.string == "https://in-toto.io/Statement/v1")
        #expect(statement["predicateType"]?.string == "https://slsa.dev/provenance/v1")
        let subjects = statement["subject"]?.array ?? []
        #expect(subjects.compactMap { $0["name"]?.string } == [item.output()])
        let digest = try Digest(
            parsing: store.succeed("query", "hash", item.output()).lines[0])
        #expect(
            subjects.first?["digest"]?["narSha256"]?.string
                == digest.base16)
        let definition = statement["predicate"]?["buildDefinition"]
        let used = definition?["resolvedDependencies"]?.array ?? []
        // The derivation, the inputs, and the tools, which the builder and the input refer to.
        #expect(
            Set(used.compactMap { $0["name"]?.string })
                == [item.drv, input.output(), download.output(), store.tools])
        let fetched = try #require(used.first { $0["name"]?.string == download.output() })
        #expect(fetched["uri"]?.string == "file://" + file)
        #expect(fetched["digest"]?["sha256"]?.string == Digest.hash("fetched\n").base16)
        let run = statement["predicate"]?["runDetails"]
        #expect(run?["builder"]?["id"]?.string == "urn:nodeos-store:local")
        let start = try #require(run?["metadata"]?["startedOn"]?.string)
        #expect(
            start.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/) != nil)
        // All outputs of a derivation, and the same bytes each time.
        let all = try json(store.run("audit", "provenance", item.drv))
        #expect(all["subject"]?.array?.count == 2)
        let again = try store.run("audit", "provenance", "--builder", "urn:x", item.drv).output
        #expect(again.contains("\"id\": \"urn:x\""))
        #expect(
            try store.run("audit", "provenance", "--builder", "urn:x", item.drv).output == again)
    }

    @Test func aSignedStatementIsAnEnvelope() throws {
        var store = try StoreFixture()
        let item = try store.derive("made", "echo > $out")
        try store.realise(item)
        let key = store.directory.file("key")
        try store.succeed("key", "generate", "test-1", key)
        let envelope = try json(store.run("audit", "provenance", "--sign", key, item.drv))
        #expect(envelope["payloadType"]?.string == "application/vnd.in-toto+json")
        let bytes = try #require(Base64.decode((envelope["payload"]?.string ?? "").utf8))
        let plain = try store.succeed("audit", "provenance", item.drv).output
        #expect(String(decoding: bytes, as: UTF8.self) + "\n" == plain)
        let signature = try #require(envelope["signatures"]?.array?.first)
        #expect(signature["keyid"]?.string == "test-1")
        // The encoding that DSSE's protocol document states, verified with the public half.
        let type = "application/vnd.in-toto+json"
        let message = "DSSEv1 28 \(type) \(bytes.count) \(String(decoding: bytes, as: UTF8.self))"
        let text = try store.succeed("key", "public", key).lines[0]
        let verifies = try PublicKey(parsing: text).verifies(
            "test-1:" + (signature["sig"]?.string ?? ""), of: message)
        #expect(verifies)
    }

    @Test func whatNobodyKnowsTheMakingOfIsRefused() throws {
        let store = try StoreFixture()
        let result = try store.run("audit", "provenance", store.tools)
        #expect(result.status == 1)
        #expect(result.error.contains("has no derivation in this store"))
    }

    @Test func theBillNamesPartsOrInputs() throws {
        var store = try StoreFixture()
        let input = try store.derive("input-1.0", "echo > $out")
        let item = try store.derive("made-2.0", "echo $PATH > $out", inputs: [input])
        try store.realise(item)
        let parts = try json(store.run("audit", "sbom", item.output()))
        #expect(parts["bomFormat"]?.string == "CycloneDX")
        #expect(parts["metadata"]?["component"]?["name"]?.string == "made-2.0")
        #expect(parts["components"]?.array?.count == 1)
        let inputs = try json(store.run("audit", "sbom", "--build", item.output()))
        let names = inputs["components"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("input-1.0"))
    }
}
