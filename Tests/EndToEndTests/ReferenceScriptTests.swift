import Foundation
import TestSupport
import Testing

/// What `make barebones` says about the reference manifest.
@Suite struct ReferenceScriptTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// What the script says of what `store` has of `item`.
    private func answer(
        _ store: StoreFixture, _ item: StoreFixture.Item, _ manifest: String, _ key: String
    ) throws -> String {
        let result = try ChildProcess(
            [
                "/bin/sh", "-c", "cd \"$1\" && shift && exec scripts/compare-reference.sh \"$@\"",
                "sh", Self.repository, manifest, store.real(item.drv), key,
            ],
            environment: store.environment.merging([
                "NODEOS_STORE": store.binary, "NODEOS_ROOT": store.root,
            ]) { $1 }
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        return result.output
    }

    @Test func saysWhetherTheBytesAreTheSame() throws {
        var (one, two) = (try StoreFixture(), try StoreFixture())
        let script = "echo made > $out"
        let wanders = "read -r x < /proc/sys/kernel/random/uuid; echo $x > $out"
        var (here, there): ([StoreFixture.Item], [StoreFixture.Item]) = ([], [])
        for (name, text) in [("steady", script), ("wandering", wanders)] {
            here.append(try one.derive(name, text))
            there.append(try two.derive(name, text))
        }
        for item in here { try one.realise(item) }
        for item in there { try two.realise(item) }
        let secret = one.directory.file("secret")
        let key = one.directory.file("key.pub")
        try one.succeed("key", "generate", "reference-1", secret).output
            .write(toFile: key, atomically: true, encoding: .utf8)
        func reference(_ item: StoreFixture.Item) throws -> String {
            let file = one.directory.file("\(item.baseName).json")
            try one.succeed(
                "audit", "manifest", "--derivations", "--sign", secret, item.drv
            ).output.write(toFile: file, atomically: true, encoding: .utf8)
            return file
        }
        let steady = try reference(here[0])
        #expect(try answer(two, there[0], steady, key).hasPrefix("reference: the same bytes as "))
        #expect(try answer(one, here[0], steady, key).contains("was made from this store"))
        #expect(try answer(two, there[1], steady, key).contains("is of other recipes"))
        let wandering = try answer(two, there[1], reference(here[1]), key)
        #expect(wandering.contains("NOT the same bytes") && wandering.contains("-wandering"))
    }
}
