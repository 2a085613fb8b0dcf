import Primitives
import StoreCommands
import StoreModel
import TestSupport
import Testing

/// `derivation show`, `add` and `check`, and questions about what was added.
@Suite struct DerivationCommandTests {
    let fixture: CommandFixture
    let fetch: (path: StorePath, text: [UInt8])
    let build: (path: StorePath, text: [UInt8])

    init() throws {
        fixture = try CommandFixture()
        let store = StoreDirectory.nodeos
        let digest = Digest.hash("hola\n")
        let stated = try store.fixedOutputPath(name: "hola.txt", method: .flat, digest: digest)
        let fetched = try Derivation(
            name: "hola.txt", outputs: ["out": .fixed(stated, method: .flat, digest: digest)],
            system: "builtin", builder: "builtin:fetchurl",
            environment: ["url": "https://example.org/hola.txt"]
        ).filledIn(inputHashes: [:], in: store)
        fetch = try fetched.file(in: store)
        let built = try Derivation(
            name: "greeting", outputs: ["out": .deferred, "doc": .deferred],
            inputDerivations: [fetch.path: ["out"]], system: "x86_64-linux", builder: "/bin/sh",
            arguments: ["-c", "cat $src > $out\n"],
            environment: ["src": ByteString(store.path(of: stated)), "stage": "system"]
        ).filledIn(
            inputHashes: [fetch.path: fetched.quotientHash(inputHashes: [:], in: store)], in: store)
        build = try built.file(in: store)
        for file in [fetch, build] {
            try fixture.directory.write(
                String(decoding: file.text, as: UTF8.self), to: "drvs/\(file.path.baseName)")
        }
    }

    @Test func checkNeedsNoStore() async throws {
        let outcome = await fixture.run(["derivation", "check", "drvs", "--json"])
        #expect(outcome.status == .success)
        #expect(try outcome.json["same"] == .integer(2))
        #expect(try outcome.json["findings"] == .array([]))
    }

    /// A chain deeper than any stack: the walk must not recurse, and holds little in memory.
    @Test func checkCopesWithDepth() async throws {
        let store = StoreDirectory.nodeos
        var input: (path: StorePath, hash: QuotientHash)?
        for _ in 0..<2000 {
            let derivation = try Derivation(
                name: "link", outputs: ["out": .deferred],
                inputDerivations: input.map { [$0.path: ["out"]] } ?? [:],
                system: "x86_64-linux", builder: "/bin/sh"
            ).filledIn(inputHashes: input.map { [$0.path: $0.hash] } ?? [:], in: store)
            let file = try derivation.file(in: store)
            try fixture.directory.write(
                String(decoding: file.text, as: UTF8.self), to: "deep/\(file.path.baseName)")
            let hash = try derivation.quotientHash(
                inputHashes: input.map { [$0.path: $0.hash] } ?? [:], in: store)
            input = (file.path, hash)
        }
        let outcome = await fixture.run(["derivation", "check", "deep"])
        #expect(
            outcome.text == "2000 derivations: 2000 right, 0 different, 0 inconclusive\n")
    }

    @Test func checkCopesWithCycles() async throws {
        let names = ["0", "1"].map { String(repeating: $0, count: 32) + "-x.drv" }
        for (name, input) in zip(names, names.reversed()) {
            let path = "/nodeos/store/" + String(repeating: "2", count: 32) + "-x"
            try fixture.directory.write(
                """
                Derive([("out","\(path)","","")],[("/nodeos/store/\(input)",["out"])],[],"","",[],\
                [("out","\(path)")])
                """, to: "cycle/\(name)")
        }
        let outcome = await fixture.run(["derivation", "check", "cycle", "--verbose"])
        #expect(outcome.status == .failure)
        #expect(outcome.text.contains("2 derivations: 0 right, 2 different, 0 inconclusive"))
    }

    @Test func checkNamesWhatHasAnotherName() async throws {
        try fixture.directory.write(
            String(decoding: fetch.text, as: UTF8.self), to: "other/test.drv")
        let outcome = await fixture.run(["derivation", "check", "other/test.drv"])
        #expect(outcome.status == .inconclusive)
        #expect(outcome.text.hasPrefix("other/test.drv: not named <hash>-<name>.drv"))
        #expect(outcome.text.contains("0 different, 1 inconclusive"))
    }

    @Test func showAndAddAreInverse() async throws {
        let shown = await fixture.run(
            ["derivation", "show"]
                + [build, fetch].map { "drvs/\($0.path.baseName)" })
        #expect(shown.errors == "")
        let record = try #require(try shown.json["/nodeos/store/\(build.path.baseName)"])
        #expect(record["name"] == .string("greeting"))
        #expect(record["args"] == .strings(["-c", "cat $src > $out\n"]))
        #expect(
            record["inputDrvs"]
                == .object([
                    "/nodeos/store/\(fetch.path.baseName)": .object([
                        "dynamicOutputs": .object([:]), "outputs": .strings(["out"]),
                    ])
                ]))
        let added = await fixture.run(["derivation", "add"], input: shown.output)
        #expect(added.errors == "")
        #expect(
            added.lines
                == [fetch, build].map { StoreDirectory.nodeos.path(of: $0.path) })
        let again = await fixture.run(["derivation", "show", added.lines[1]])
        #expect(try again.json["/nodeos/store/\(build.path.baseName)"] == record)
    }

    @Test func addRefusesForgery() async throws {
        let text = String(decoding: build.text, as: UTF8.self)
        let output = try #require(
            text.firstRange(of: /\/nodeos\/store\/[a-z0-9]{32}-greeting"/))
        let forged = text.replacing(
            text[output], with: "/nodeos/store/\(String(repeating: "0", count: 32))-greeting\"")
        _ = await fixture.run(["derivation", "add", "drvs/\(fetch.path.baseName)"])
        try fixture.directory.write(forged, to: build.path.baseName)
        let refused = await fixture.run(["derivation", "add", build.path.baseName])
        #expect(refused.status == .failure)
        #expect(refused.errors.contains("claims output 'out'"))
        let orphan = await fixture.run(["derivation", "add"], input: Array("{}".utf8))
        #expect(orphan.status == .success)
        #expect(orphan.output.isEmpty)
    }

    @Test func questions() async throws {
        let store = StoreDirectory.nodeos
        _ = await fixture.run(
            ["derivation", "add"]
                + [build, fetch].map { "drvs/\($0.path.baseName)" })
        let buildPath = store.path(of: build.path)
        let fetchPath = store.path(of: fetch.path)
        try fixture.directory.link("greeting.drv", to: buildPath)
        func ask(_ arguments: String...) async -> [String] {
            let outcome = await fixture.run(["query"] + arguments)
            #expect(outcome.errors == "")
            return outcome.lines
        }
        #expect(await ask("references", "greeting.drv") == [fetchPath])
        #expect(await ask("references", build.path.baseName) == [fetchPath])
        #expect(await ask("referrers", fetchPath) == [buildPath])
        #expect(await ask("requisites", buildPath) == [fetchPath, buildPath])
        #expect(
            await ask("referrers-closure", fetchPath).sorted() == [buildPath, fetchPath].sorted())
        #expect(await ask("deriver", buildPath) == ["unknown-deriver"])
        #expect(await ask("tree", buildPath) == [buildPath, "└───" + fetchPath])
        #expect(await ask("real-path", buildPath) == [fixture.root + buildPath])
        #expect(await ask("roots") == [])
        let outputs = await ask("outputs", buildPath)
        #expect(outputs.count == 2)
        #expect(outputs[0].hasSuffix("-greeting-doc"))
        #expect(await ask("valid-derivers", fetchPath) == [])
        let info = await fixture.run(["query", "info", "--json", buildPath])
        let record = try #require(try info.json[buildPath])
        #expect(record["narSize"] == .integer(Int64(120 + (build.text.count + 7) / 8 * 8 - 8)))
        #expect(record["references"] == .strings([fetchPath]))
        #expect(record["deriver"] == .null)
        let unknown = await fixture.run(["query", "references", outputs[0]])
        #expect(unknown.status == .failure)
        #expect(unknown.errors.contains("is not valid"))
    }

    @Test func graph() async throws {
        _ = await fixture.run(
            ["derivation", "add"]
                + [build, fetch].map { "drvs/\($0.path.baseName)" })
        let outcome = await fixture.run(["graph", "/nodeos/store/\(build.path.baseName)"])
        #expect(outcome.errors == "")
        #expect(outcome.text.hasPrefix("digraph \"greeting\" {"))
        #expect(outcome.text.contains("subgraph \"cluster_system\""))
        #expect(
            outcome.text.contains("\"\(build.path.hashPart)\" -> \"\(fetch.path.hashPart)\""))
    }
}
