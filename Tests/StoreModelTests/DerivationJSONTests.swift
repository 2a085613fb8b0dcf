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
}
