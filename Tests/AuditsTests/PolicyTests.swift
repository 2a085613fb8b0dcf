import Audits
import Primitives
import StoreModel
import Testing

/// k of n named builders.
@Suite struct PolicyTests {
    private let keys: [String: SecretKey]

    init() throws {
        var keys: [String: SecretKey] = [:]
        for (index, name) in ["alice", "bob", "carol", "mallory"].enumerated() {
            keys[name] = try SecretKey(
                name: name + "-1", seed: [UInt8](repeating: UInt8(index), count: 32))
        }
        self.keys = keys
    }

    private let path = "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello"

    private func policy(_ rules: String) throws -> AgreementPolicy {
        let builders = ["alice", "bob", "carol"].compactMap { name in
            keys[name].map { "\"\(name)\": [\"\($0.publicKey)\"]" }
        }.joined(separator: ",")
        let text = "{\"version\": 1, \"builders\": {\(builders)}, \"rules\": [\(rules)]}"
        return try AgreementPolicy(parsing: Array(text.utf8), from: "policy")
    }

    private func side(
        _ name: String, _ contents: String, signedBy signer: String? = nil,
        origin: ManifestOrigin = .built(nil), machine: String? = nil
    ) throws -> AuditSide {
        let path = try StorePath(baseName: path)
        let deriver = try StorePath(baseName: self.path + ".drv")
        var manifest = Manifest(store: .nodeos, tool: name)
        manifest.machine = MachineFacts(
            storeID: machine ?? name, system: "x86_64-linux", kernel: "Linux", processorCount: 1,
            fileSystem: "ext4")
        manifest.entries[path] = ManifestEntry(
            path: path, narHash: Digest.hash(contents), narSize: 100, deriver: deriver,
            origin: origin)
        if let key = keys[signer ?? name] { try manifest.sign(with: key) }
        return AuditSide(name: name, manifest: manifest)
    }

    private func kind(
        _ rules: String, _ sides: [AuditSide], local: AuditSide? = nil
    ) throws -> AgreementVerdict.Kind {
        let path = try StorePath(baseName: path)
        return try AgreementJudge(policy(rules), sides, store: .nodeos)
            .verdict(path, local: local?.manifest.entries[path]).kind
    }

    private let two = "{\"agree\": 2}"

    @Test func twoOfThree() throws {
        let (alice, bob) = try (side("alice", "1"), side("bob", "1"))
        let carol = try side("carol", "2")
        #expect(try kind(two, [alice, bob]) == .agreed)
        #expect(try kind(two, [alice, bob, carol]) == .agreed)
        #expect(try kind(two, [alice]) == .lacking)
        #expect(try kind(two, [alice, carol]) == .disputed)
        #expect(try kind("{\"agree\": 3}", [alice, bob]) == .lacking)
        #expect(try kind("{\"agree\": 3}", [alice, bob, carol]) == .disputed)
        #expect(try kind("{\"agree\": 1}", [alice, carol]) == .disputed)
        #expect(
            try kind("{\"agree\": 2, \"builders\": [\"alice\", \"carol\"]}", [alice, bob])
                == .lacking)
    }

    @Test func whatIsHereMustBeWhatTheyAgreeOn() throws {
        let (alice, bob) = try (side("alice", "1"), side("bob", "1"))
        #expect(try kind(two, [alice, bob], local: side("here", "1")) == .agreed)
        #expect(try kind(two, [alice, bob], local: side("here", "2")) == .disputed)
        #expect(try kind(two, [alice], local: side("here", "2")) == .disputed)
    }

    @Test func nobodyCountsTwice() throws {
        let alice = try side("alice", "1")
        // Her own manifest of another day, and one under Bob's key but of her store.
        let again = try side("again", "1", signedBy: "alice")
        let borrowed = try side("bob", "1", machine: "alice")
        #expect(try kind(two, [alice, again]) == .lacking)
        #expect(try kind(two, [alice, borrowed]) == .lacking)
        // Copied from elsewhere, and signed by nobody who is named.
        let copied = try side("bob", "1", origin: .imported)
        #expect(try kind(two, [alice, copied]) == .lacking)
        #expect(try kind(two, [alice, side("mallory", "1")]) == .lacking)
        // Two stories of one builder are none.
        let other = try side("other", "2", signedBy: "alice")
        #expect(try kind(two, [alice, other, side("bob", "1")]) == .disputed)
    }

    @Test(arguments: [
        ("hello", true), ("hel*", true), ("*", true), ("h?llo", true), ("*l*o", true),
        ("hell", false), ("?hello", false), ("*x*", false), ("hello?", false), ("", false),
        ("********************************************x", false),
    ]) func patterns(pattern: String, fits: Bool) throws {
        let rule = "{\"name\": \"\(pattern)\", \"agree\": 1}"
        #expect(try kind(rule, [side("alice", "1")]) == (fits ? .agreed : .unruled))
    }

    @Test(arguments: [
        "{\"agree\": 4}", "{\"agree\": 0}", "{}", "{\"agree\": 1, \"builders\": [\"dave\"]}",
        "{\"agree\": 1, \"builder\": [\"alice\"]}", "", "{\"agree\": 1, \"builders\": []}",
    ]) func whatDoesNotMeanWhatItSaysIsRefused(rules: String) {
        #expect(throws: ManifestError.self) { try policy(rules) }
    }

    @Test func oneKeyForTwoBuildersIsRefused() throws {
        let key = try #require(keys["alice"]).publicKey.description
        let text =
            "{\"version\": 1, \"builders\": {\"a\": [\"\(key)\"], \"b\": [\"\(key)\"]}, "
            + "\"rules\": [{\"agree\": 2}]}"
        let error = #expect(throws: ManifestError.self) {
            try AgreementPolicy(parsing: Array(text.utf8), from: "policy.json")
        }
        #expect(error?.description.contains("'policy.json': builders.b: ") == true)
    }
}
