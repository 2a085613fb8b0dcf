import Primitives
import StoreModel
import Testing

/// The JSON form of derivations.
@Suite struct DerivationJSONTests {
    /// Printed by Nix 2.8's `nix show-derivation` (Debian 12), for a store in `/nix/store`.
    static let oldNix = """
        {"outputs": {"out": {
            "path": "/nix/store/2qiwd0sz0k0i5wc1ikgfw1gqkyvr5pqx-src.tar.gz",
            "hashAlgo": "r:sha256",
            "hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
          "inputSrcs": ["/nix/store/1wcdx616rk9jr5gqkdz2mliq7ny78q2s-a.nix"],
          "inputDrvs": {
            "/nix/store/dmja6cjsh6w8zmjzldd0qz5skynhh68i-a.drv": ["dev", "out"]},
          "system": "x86_64-linux", "builder": "/bin/sh", "args": ["-c", "x\\n\\t\\"é"],
          "env": {"builder": "/bin/sh", "name": "a"}}
        """

    @Test func formOfOldNix() throws {
        let store = try StoreDirectory("/nix/store")
        let derivation = try Derivation(
            json: JSONValue(parsing: Array(Self.oldNix.utf8)), name: "src.tar.gz", in: store)
        #expect(derivation.fixedOutput?.method == .recursive)
        #expect(derivation.inputDerivations.values.first == ["dev", "out"])
        #expect(derivation.arguments == ["-c", "x\n\t\"é"])
        let json = try derivation.json(in: store)
        #expect(try Derivation(json: json, in: store) == derivation)
        #expect(json["outputs"]?["out"]?["hashAlgo"] == .string("r:sha256"))
    }

    @Test func formOfNewerNix() throws {
        var json = try JSONValue(parsing: Array(Self.oldNix.utf8))
        guard case .object(var members) = json else { return }
        members["outputs"] = try JSONValue(
            parsing: Array(
                """
                {"out": {"path": "/nix/store/2qiwd0sz0k0i5wc1ikgfw1gqkyvr5pqx-src.tar.gz",
                  "method": "nar", "hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}
                """.utf8))
        json = .object(members)
        let store = try StoreDirectory("/nix/store")
        let derivation = try Derivation(json: json, name: "src.tar.gz", in: store)
        #expect(derivation.fixedOutput?.method == .recursive)
        #expect(derivation.fixedOutput?.digest == Digest.hash(""))
    }

    @Test(arguments: ["outputs", "inputSrcs", "inputDrvs", "system", "builder", "args", "env"])
    func missingField(field: String) throws {
        guard case .object(var members) = try JSONValue(parsing: Array(Self.oldNix.utf8)) else {
            return
        }
        members[field] = nil
        let store = try StoreDirectory("/nix/store")
        #expect(throws: DerivationError.badJSON("'\(field)' is missing")) {
            try Derivation(json: .object(members), name: "x", in: store)
        }
    }

    @Test func bytesThatAreNoText() {
        let derivation = Derivation(
            name: "x", outputs: ["out": .deferred], system: "s", builder: "b",
            environment: ["v": ByteString([0xff])])
        #expect(throws: DerivationError.notUnicode(field: "the value of the variable 'v'")) {
            try derivation.json(in: .nodeos)
        }
    }

    @Test func everyKindOfOutput() throws {
        let path = try StorePath(hash: [UInt8](repeating: 7, count: 20), name: "x")
        for output: DerivationOutput in [
            .inputAddressed(path), .fixed(path, method: .flat, digest: Digest.hash("x", .sha1)),
            .floating(method: .recursive, algorithm: .sha256), .deferred,
            .impure(method: .text, algorithm: .sha512),
        ] {
            let derivation = Derivation(
                name: "x", outputs: ["out": output], system: "s", builder: "b")
            let json = try derivation.json(in: .nodeos)
            #expect(try Derivation(json: json, in: .nodeos) == derivation)
        }
    }

    // MARK: Records of newer Nix

    /// Printed by Nix 2.32; 2.30 prints the same without the version and with full paths.
    static let version3 = """
        {"args": ["-c", "x"], "builder": "/bin/sh", "env": {"out": "\(path)"},
          "inputDrvs": {"dmja6cjsh6w8zmjzldd0qz5skynhh68i-a.drv": {
            "dynamicOutputs": {}, "outputs": ["dev", "out"]}},
          "inputSrcs": ["1wcdx616rk9jr5gqkdz2mliq7ny78q2s-a.nix"], "name": "src.tar.gz",
          "outputs": {"out": {"hash":
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "hashAlgo": "sha256", "method": "nar"}},
          "system": "x86_64-linux", "version": 3}
        """

    /// Printed by Nix 2.33 to 2.36.
    static let version4 = """
        {"args": ["-c", "x"], "builder": "/bin/sh", "env": {"out": "\(path)"},
          "inputs": {"drvs": {"dmja6cjsh6w8zmjzldd0qz5skynhh68i-a.drv": {
            "dynamicOutputs": {}, "outputs": ["dev", "out"]}},
            "srcs": ["1wcdx616rk9jr5gqkdz2mliq7ny78q2s-a.nix"]}, "name": "src.tar.gz",
          "outputs": {"out": {"hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "method": "nar"}},
          "system": "x86_64-linux", "version": 4}
        """

    /// As `nix-store --print-fixed-path --recursive sha256 e3b0… src.tar.gz` of Nix 2.8 prints it.
    private static let path = "/nix/store/grdmdwrkfnvslid1gy30339g9zbzg97x-src.tar.gz"

    private func derivation(_ text: String) throws -> Derivation {
        try Derivation(
            json: JSONValue(parsing: Array(text.utf8)), in: StoreDirectory("/nix/store"))
    }

    @Test func formsOfNewerNix() throws {
        let old = try derivation(Self.version3)
        #expect(try derivation(Self.version4) == old)
        #expect(old.inputDerivations.values.first == ["dev", "out"])
        #expect(old.inputSources.first?.name == "a.nix")
        // The path follows from the hash.
        let output = old.outputs["out"]?.path?.baseName
        #expect(output == String(Self.path.dropFirst("/nix/store/".count)))
    }

    @Test(arguments: [
        ("\"version\": 4", "\"version\": 5", "version 5"),
        ("\"version\": 4", "\"version\": \"4\"", "version \"4\""),
        ("\"args\"", "\"meta\": {}, \"args\"", "'meta' is not known"),
        ("\"method\"", "\"size\": 1, \"method\"", "'size' of 'outputs.out' is not known"),
        ("\"srcs\"", "\"other\": 1, \"srcs\"", "'other' of 'inputs' is not known"),
        ("\"dynamicOutputs\": {}", "\"dynamicOutputs\": {\"o\": {}}", "dynamic derivations"),
        ("\"dynamicOutputs\": {}", "\"more\": {}", "'more' of 'inputs.drvs."),
        ("sha256-47DEQpj8HBSa", "blake3-47DEQpj8HBSa", "BLAKE3"),
        ("\"inputs\"", "\"inputDrvs\": {}, \"inputs\"", "'inputDrvs' is not known"),
        ("\"args\"", "\"structuredAttrs\": [], \"args\"", "'structuredAttrs' is no record"),
        (
            "\"args\"", "\"structuredAttrs\": {\"n\": 18446744073709551615}, \"args\"",
            "2^63"
        ),
        ("{\"out\": \"", "{\"__json\": \"\", \"out\": \"", nil),
        (
            "\"env\": {", "\"structuredAttrs\": {}, \"env\": {\"url\": \"\", ",
            "would not see the variable 'url'"
        ),
    ])
    func whatIsNotKnownIsRefused(part: String, other: String, words: String?) throws {
        var text = Self.version4.replacing(part, with: other)
        if words == nil {
            text = text.replacing("\"args\"", with: "\"structuredAttrs\": {}, \"args\"")
        }
        try #require(text != Self.version4)
        #expect {
            try derivation(text)
        } throws: {
            "\($0)".contains(words ?? "the variable '__json'")
        }
    }

    /// As Nix prints them into the text of the derivation.
    @Test func structuredAttributes() throws {
        let text = Self.version4.replacing(
            "\"args\"",
            with: #"""
                "structuredAttrs": {"b": [1, -2.5, 1e300, 1e15, 123456789012345.0, 0.0001, 1e-5, -0.0,
                    true, null], "a": "\u00e9\b\f\u007f\"\\\n", "\u00e9": {}}, "args"
                """#)
        let value = try derivation(text).environment["__json"]
        #expect(
            value
                == ByteString(
                    #"{"a":"é\b\f"# + "\u{7f}"
                        + #"\"\\\n","b":[1,-2.5,1e+300,1e+15,123456789012345.0,"#
                        + #"0.0001,1e-05,-0.0,true,null],"é":{}}"#))
    }

    // MARK: What is left out

    @Test func absentAndEmptyPathsAndVariablesAreFilledIn() throws {
        var derivation = Derivation(
            name: "two", outputs: ["out": .deferred, "dev": .deferred], system: "s", builder: "b",
            environment: ["out": "", "x": "y"])
        let filled = try derivation.filledIn(inputHashes: [:], in: .nodeos)
        #expect(try derivation.completed(inputHashes: [:], in: .nodeos) == filled)
        // What is stated stays, and is judged.
        derivation.outputs["dev"] = filled.outputs["dev"]
        derivation.environment["dev"] = filled.environment["dev"]
        #expect(try derivation.completed(inputHashes: [:], in: .nodeos) == filled)
        derivation.environment["dev"] = "/else"
        let wrong = try derivation.completed(inputHashes: [:], in: .nodeos)
        #expect(throws: DerivationError.self) {
            try wrong.checkInvariants(inputHashes: [:], in: .nodeos)
        }
    }

    // MARK: Text

    /// Nix prints these without escapes, whatever is in them.
    @Test(arguments: ["a\\b", "a\"b", "a\nb", "\"", "\\", "é"]) func anySystemPrintsBack(
        system: String
    ) throws {
        let derivation = try Derivation(
            name: "x", outputs: ["out": .deferred], system: ByteString(system), builder: "b\"\\",
            environment: ["v": "\"\\\n"]
        ).filledIn(inputHashes: [:], in: .nodeos)
        let text = derivation.aterm(in: .nodeos)
        #expect(
            String(decoding: text, as: UTF8.self).contains(",[],[],\"\(system)\",\"b\\\"\\\\\",["))
        #expect(try Derivation(parsing: text, name: "x", in: .nodeos) == derivation)
    }

    @Test func aSystemThatWouldReadAsSomethingElseIsRefused() throws {
        let derivation = Derivation(
            name: "x", outputs: ["out": .deferred], system: "a\",\"/bin/evil", builder: "b")
        #expect(throws: DerivationError.self) { try derivation.checkShape() }
    }

    /// KELVIN SIGN is K to Unicode, and to Swift; to Nix it is another variable.
    @Test func variablesAreToldApartByTheirBytes() throws {
        var derivation = Derivation(
            name: "x", outputs: ["K": .deferred], system: "s", builder: "b",
            environment: ["\u{212a}": "one", "K": ""])
        let first = try derivation.computedOutputPaths(inputHashes: [:], in: .nodeos)
        derivation.environment["\u{212a}"] = "two"
        #expect(try derivation.computedOutputPaths(inputHashes: [:], in: .nodeos) != first)
        derivation.environment = ["e\u{301}": "1", "\u{e9}": "2"]
        #expect(throws: DerivationError.self) { try derivation.json(in: .nodeos) }
    }
}
