import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `audit policy`, `sign` and `key list` through the command.
@Suite(.timeLimit(.minutes(40))) struct PolicyTests {
    private func key(_ name: String, _ store: StoreFixture) throws -> (
        file: String, publicKey: String
    ) {
        let file = store.directory.file("\(name).secret")
        return (file, try store.succeed("key", "generate", "\(name)-1", file).lines[0])
    }

    /// A store that has built `item` as one more machine.
    private func builder(_ noise: Bool) throws -> (StoreFixture, StoreFixture.Item) {
        var store = try StoreFixture()
        let item = try store.derive(
            "hello", noise ? "head -c 16 /dev/urandom > $out" : "echo hello > $out")
        try store.realise(item)
        return (store, item)
    }

    @Test func twoBuildersMustAgree() throws {
        let (alice, item) = try builder(false)
        let (bob, _) = try builder(false)
        let keys = try [key("alice", alice), key("bob", alice)]
        var manifests: [String] = []
        for (index, store) in [alice, bob].enumerated() {
            let text = try store.succeed("audit", "manifest", "--sign", keys[index].file, item.drv)
            try alice.directory.write(text.output, to: "\(index).json")
            manifests += ["--manifest", alice.directory.file("\(index).json")]
        }
        let policy = """
            {"version": 1,
             "builders": {"alice": ["\(keys[0].publicKey)"], "bob": ["\(keys[1].publicKey)"]},
             "rules": [{"name": "hello", "agree": 2}]}
            """
        try alice.directory.write(policy, to: "policy.json")
        let file = alice.directory.file("policy.json")
        func judge(_ arguments: [String]) throws -> ChildProcess.Result {
            try alice.start(["audit", "policy", file] + arguments).wait()
        }
        let agreed = try judge(manifests + ["--verbose", item.drv])
        #expect(agreed.status == 0, "\(agreed.error)\(agreed.output)")
        #expect(agreed.output.contains("agreed: \(item.output())\n  2 of the 2 that must agree"))
        #expect(agreed.output.contains("\n  bob: sha256:"))
        let lone = try judge(Array(manifests.prefix(2)) + [item.drv])
        #expect(lone.status == 3)
        #expect(lone.output.contains("lacking: \(item.output())\n  1 of the 2"))
        // Without paths, what the manifests tell of.
        #expect(try judge(manifests).status == 0)
        #expect(try judge([item.drv]).status == 2)
        #expect(try judge([item.drv]).error.contains("Name who is asked"))
        // Somebody signs for both: still one story of one store.
        let forged = try alice.succeed("audit", "manifest", "--sign", keys[1].file, item.drv)
        try alice.directory.write(forged.output, to: "1.json")
        let once = try judge(manifests + [item.drv])
        #expect(once.status == 3)
        #expect(once.output.contains("count once"))
    }

    @Test func signaturesAreKept() throws {
        let (store, item) = try builder(false)
        let alice = try key("alice", store)
        let mallory = try key("mallory", store)
        try store.succeed("sign", "--key", alice.file, item.drv)
        let again = try store.succeed("sign", "--key", alice.file, item.drv)
        #expect(again.error.contains("0 paths signed by alice-1, 1 were"))
        let info = try JSONValue(
            parsing: Array(store.succeed("query", "info", "--json", item.output()).output.utf8))
        #expect("\(info)".contains("alice-1:"))
        let good = try store.succeed("key", "list", "--trusted-key", alice.publicKey)
        #expect(good.output.contains("alice-1: 1 good\n"))
        let changed = mallory.publicKey.replacing("mallory-1:", with: "alice-1:")
        let bad = try store.run("key", "list", "--trusted-key", changed)
        #expect(bad.status == 1)
        #expect(bad.output.contains("alice-1: 1 BAD"))
        // The registration beside the database has it too.
        try store.succeed("db", "check")
        try FileManager.default.removeItem(
            atPath: store.root + "/nodeos/var/nodeos/db/db.sqlite")
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(
                atPath: store.root + "/nodeos/var/nodeos/db/db.sqlite" + suffix)
        }
        try store.succeed("db", "rebuild")
        #expect(
            try store.succeed("key", "list", "--trusted-key", alice.publicKey).output
                .contains("alice-1: 1 good\n"))
    }
}
