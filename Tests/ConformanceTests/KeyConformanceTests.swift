import Foundation
import LocalStore
import Primitives
import StoreModel
import Testing

/// Keys and signatures beside the real Nix (2.8 of Debian 12): `nix-store
/// --generate-binary-cache-key`, `nix store sign`, `nix store verify`.
@Suite struct KeyConformanceTests {
    @Test func keysAndSignaturesAreTheSame() throws {
        let nix = try RealNix()
        let files = ["test-1", nix.directory + "/secret", nix.directory + "/public"]
        try nix.run("nix-store", ["--generate-binary-cache-key"] + files)
        let key = try SecretKey(
            parsing: String(contentsOfFile: files[1], encoding: .utf8))
        let printed = try String(contentsOfFile: files[2], encoding: .utf8)
        #expect("\(key.publicKey)" == printed.trimmingCharacters(in: .whitespacesAndNewlines))
        let file = RealNix.resources + "/tree"
        let path = try nix.run("nix-store", ["--add", file]).lines[0]
        try nix.run("nix", ["store", "sign", "--key-file", files[1], path])
        let facts = try JSONValue(
            parsing: nix.run("nix", ["path-info", "--json", path]).output)
        let fact = try #require(facts.array?.first)
        let store = try StoreDirectory("/nix/store")
        let info = PathInfo(
            path: try store.parse(path),
            narHash: try Digest(parsing: try #require(fact["narHash"]?.string)),
            narSize: UInt64(try #require(fact["narSize"]?.integer)))
        // Ed25519 signatures hold no chance: equal texts and keys give equal signatures.
        let signature = try key.sign(info.fingerprint(in: store))
        #expect(fact["signatures"]?.array?.map(\.string) == [signature])
    }

    /// What we generate and sign, Nix verifies.
    @Test func nixVerifiesOurs() throws {
        let nix = try RealNix()
        let key = try SecretKey(name: "ours-1", seed: [UInt8](repeating: 42, count: 32))
        let secret = nix.directory + "/ours"
        try key.secretText.write(toFile: secret, atomically: true, encoding: .utf8)
        let path = try nix.run(
            "nix-store", ["--add", RealNix.resources + "/tree"]
        ).lines[0]
        // The path is content-addressed, so that its signatures are not looked at unless asked.
        try nix.run("nix", ["store", "sign", "--key-file", secret, path])
        let verify = ["store", "verify", "--sigs-needed", "1", "--trusted-public-keys"]
        try nix.run("nix", verify + ["\(key.publicKey)", path])
    }
}
