import Primitives
import StoreModel
import Testing

/// Derivations that parse and must not be trusted (`docs/formats/derivation.md`).
@Suite struct ForgedDerivationTests {
    let store = StoreDirectory.nodeos

    private func honest() throws -> Derivation {
        try Derivation(
            name: "hola", outputs: ["out": .deferred, "dev": .deferred], system: "x86_64-linux",
            builder: "/bin/sh", arguments: ["-c", "echo hola > $out"],
            environment: ["name": "hola"]
        ).filledIn(inputHashes: [:], in: store)
    }

    private func refuse(
        _ says: String, _ change: (inout Derivation) throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var derivation = try honest()
        try change(&derivation)
        let error = #expect(throws: DerivationError.self, sourceLocation: sourceLocation) {
            try derivation.checkInvariants(inputHashes: [:], in: store)
        }
        let text = "\(try #require(error))"
        #expect(text.contains(says), "\(text)", sourceLocation: sourceLocation)
    }

    private func path(_ name: String) throws -> StorePath {
        try store.textPath(name: name, contents: Digest.hash("other"), references: [])
    }

    @Test func honestOne() throws {
        try honest().checkInvariants(inputHashes: [:], in: store)
    }

    @Test func anothersOutput() throws {
        try refuse("claims output 'out'") {
            let victim = try path("victim")
            $0.outputs["out"] = .inputAddressed(victim)
            $0.environment["out"] = ByteString(store.path(of: victim))
        }
    }

    @Test func outputsSwapped() throws {
        try refuse("claims output") {
            let dev = $0.outputs["dev"]
            $0.outputs["dev"] = $0.outputs["out"]
            $0.outputs["out"] = dev
        }
    }

    @Test func changedArgument() throws {
        try refuse("claims output") { $0.arguments.append("x") }
    }

    @Test func variableOfAnOutput() throws {
        try refuse("the variable 'out' is") { $0.environment["out"] = "/nodeos/store/other" }
        // The masked text has no entry for a variable that is missing, so the path differs first.
        try refuse("output") { $0.environment["out"] = nil }
    }

    @Test func noOutputs() throws {
        try refuse("no outputs") { $0.outputs = [:] }
    }

    @Test func mixedKinds() throws {
        let digest = Digest.hash("")
        try refuse("several kinds") {
            $0.outputs["dev"] = try .fixed(path("hola-dev"), method: .flat, digest: digest)
        }
        try refuse("several kinds") {
            $0.outputs["dev"] = .floating(method: .flat, algorithm: .sha256)
        }
        try refuse("several kinds") {
            $0.outputs["dev"] = .impure(method: .flat, algorithm: .sha256)
        }
        try refuse("several kinds") { $0.outputs["dev"] = .deferred }
    }

    @Test func fixedOutputs() throws {
        let digest = Digest.hash("")
        let right = try store.fixedOutputPath(name: "hola", method: .flat, digest: digest)
        try refuse("claims output 'out'") {
            $0.outputs = try ["out": .fixed(path("hola"), method: .flat, digest: digest)]
        }
        try refuse("claims output 'out'") {
            $0.outputs = ["out": .fixed(right, method: .recursive, digest: digest)]
        }
        try refuse("named 'out'") {
            $0.outputs = ["dev": .fixed(right, method: .flat, digest: digest)]
        }
        try refuse("named 'out'") {
            let fixed = DerivationOutput.fixed(right, method: .flat, digest: digest)
            $0.outputs = ["out": fixed, "dev": fixed]
        }
    }

    @Test func badNames() throws {
        for name in ["", "a b", "a/b", "..", String(repeating: "x", count: 212), "ä"] {
            var derivation = try honest()
            derivation.name = name
            #expect(throws: DerivationError.self, "\(name)") {
                try derivation.checkInvariants(inputHashes: [:], in: store)
            }
        }
        for output in ["", "a b", "a/b", "ä", ".", ".."] {
            var derivation = try honest()
            derivation.outputs[output] = derivation.outputs["out"]
            #expect(throws: DerivationError.self, "\(output)") { try derivation.checkShape() }
        }
    }

    @Test func badInputs() throws {
        try refuse("is not a derivation") { $0.inputDerivations = try [path("source"): ["out"]] }
        try refuse("no output of the input") { $0.inputDerivations = try [path("x.drv"): []] }
        try refuse("is not there") { $0.inputDerivations = try [path("x.drv"): ["out"]] }
    }
}
