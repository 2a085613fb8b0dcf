import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `audit challenge`, `audit compare` and repairs with binary caches that are right, and that lie.
@Suite(.timeLimit(.minutes(40))) struct ChallengeTests {
    private func challenge(_ store: StoreFixture, _ arguments: String...) throws
        -> ChildProcess.Result
    { try store.start(["audit", "challenge"] + arguments).wait() }

    private func counts(_ result: ChildProcess.Result) throws -> [Int64?] {
        let counts = try JSONValue(parsing: Array(result.output.utf8))["counts"]
        return ["match", "mismatch", "inconclusive"].map { counts?[$0]?.integer }
    }

    private func lie(_ narInfo: inout NarInfo, _ nar: inout [UInt8]) {
        narInfo.info.narHash = Digest.hash("something else")
    }

    /// The cases of Guix's own tests (`tests/challenge.scm`): no discrepancies, one, inconclusive
    /// for lack of substitutes or of a local build, and substitutes that differ from each other.
    @Test func whatGuixChallengeDecides() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "echo two > $out")
        try store.realise(one)
        try store.realise(two)
        let (good, bad, empty) = try (
            CacheFixture(store, named: "good"), CacheFixture(store, named: "bad"),
            CacheFixture(store, named: "empty")
        )
        for item in [one, two] { try good.add(item.output(), of: store) }
        try bad.add(one.output(), of: store, lie)
        let same = try challenge(store, "--json", "--substituters", good.url, one.drv, two.drv)
        #expect(same.status == 0, "\(same.error)")
        #expect(try counts(same) == [2, 0, 0])
        let differing = try challenge(
            store, "--json", "--substituters", "\(good.url) \(bad.url)", one.drv, two.drv)
        #expect(differing.status == 2)
        #expect(try counts(differing) == [1, 1, 0])
        let none = try challenge(store, "--json", "--substituters", empty.url, one.drv)
        #expect(none.status == 3)
        #expect(try counts(none) == [0, 0, 1])
        // Nothing here to compare with: the caches are compared with each other.
        let elsewhere = try StoreFixture()
        for item in [one, two] {
            let file = elsewhere.directory.file(item.baseName)
            try Data(item.text).write(to: URL(filePath: file))
            try elsewhere.succeed("derivation", "add", file)
        }
        let lone = try challenge(elsewhere, "--json", "--substituters", good.url, one.drv)
        #expect(lone.status == 3)
        let both = try challenge(
            elsewhere, "--json", "--substituters", good.url, "--substituters", bad.url, one.drv,
            two.drv)
        #expect(both.status == 2)
        #expect(try counts(both) == [0, 1, 1])
        // Without paths: everything that was built here.
        #expect(try counts(challenge(store, "--json", "--substituters", good.url)) == [2, 0, 0])
    }

    @Test func cachesThatLieAreNotBelieved() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "echo two > $out")
        try store.realise(one)
        try store.realise(two)
        let cache = try CacheFixture(store)
        // A narinfo of another path, under this one's name.
        let other = try cache.add(two.output(), of: store)
        let path = try StoreDirectory.nodeos.parse(one.output())
        try cache.write("\(path.hashPart).narinfo", other.text(in: .nodeos))
        let moved = try challenge(store, "--substituters", cache.url, one.drv)
        #expect(moved.status == 3)
        #expect(moved.output.contains("tells of '\(other.info.path)', but was asked for"))
        // Of another store, and no narinfo at all.
        try cache.write(
            "\(path.hashPart).narinfo", other.text(in: try StoreDirectory("/nix/store")))
        #expect(try challenge(store, "--substituters", cache.url, one.drv).status == 3)
        try cache.write("\(path.hashPart).narinfo", "<html>hello</html>\n")
        let page = try challenge(store, "--substituters", cache.url, one.drv)
        #expect(page.status == 3)
        #expect(page.output.contains("narinfo, line 1"))
        let foreign = try CacheFixture(store, named: "foreign", storeDir: "/nix/store")
        let refused = try challenge(store, "--substituters", foreign.url, one.drv)
        #expect(refused.status == 1)
        #expect(refused.error.contains("is of the store '/nix/store', not of '/nodeos/store'"))
        let nothing = store.directory.file("nothing")
        #expect(
            try challenge(store, "--substituters", "file://\(nothing)", one.drv).error
                .contains("is no binary cache"))
    }

    @Test func signaturesCountWhenKeysAreGiven() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        let two = try store.derive("two", "cat \(one.output()) > $out", inputs: [one])
        try store.realise(two)
        let key = try SecretKey(name: "cache-1", seed: [UInt8](repeating: 3, count: 32))
        let cache = try CacheFixture(store)
        try cache.add(one.output(), of: store, signedBy: key)
        // A good signature, but of the path with another hash.
        try cache.add(two.output(), of: store, signedBy: key, lie)
        let result = try challenge(
            store, "--trusted-key", key.publicKey.description, "--substituters", cache.url, one.drv,
            two.drv)
        #expect(result.status == 3)
        #expect(result.output.contains("1 paths are not signed by a trusted key"))
        #expect(result.output.contains("2 paths: 1 match"))
    }

    @Test func overHTTPWithManifests() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo one > $out")
        try store.realise(one)
        let cache = try CacheFixture(store)
        try cache.add(one.output(), of: store)
        let manifest = try store.succeed("audit", "manifest", one.drv).output
        let directory = cache.directory
        let server = try LoopbackServer { request in
            if request.path == "/mine.json" { return .init(200, body: Array(manifest.utf8)) }
            let body = FileManager.default.contents(atPath: directory + request.path)
            return body.map { .init(200, body: Array($0)) } ?? .init(404)
        }
        let result = try ChildProcess(
            [
                store.binary, "audit", "compare", server.url("/mine.json"), server.url("/"),
                "--json",
            ], environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(result.error)\(result.output)")
        #expect(try counts(result) == [1, 0, 0])
    }

    // MARK: Repairs

    /// Spoils the file at `path` behind the store's back.
    private func damage(_ store: StoreFixture, _ path: String) throws {
        let file = store.real(path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        try Data("damaged".utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file)
    }

    /// Each cache before the last one lies in its own way; nothing of it gets into the store.
    @Test func repairsTakeOnlyWhatHasTheRegisteredHash() throws {
        let store = try StoreFixture()
        let text = String(repeating: "something to lose\n", count: 1000)
        let file = store.directory.file("text")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let path = try store.succeed("add", file).lines[0]
        let lies: [(inout NarInfo, inout [UInt8]) -> Void] = [
            { _, nar in nar.removeLast(1000) },
            { _, nar in nar += [UInt8](repeating: 0, count: 4 << 20) },
            { _, nar in nar[500] ^= 1 },
            { narInfo, nar in
                narInfo.compression = "xz"
                nar = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] + [UInt8](repeating: 0, count: 100)
            },
            { narInfo, _ in narInfo.compression = "lzip" },
            { narInfo, _ in narInfo.url = "gone.nar" },
        ]
        var arguments = ["verify", "--check-contents", "--repair"]
        for (index, lie) in lies.enumerated() {
            let cache = try CacheFixture(store, named: "lie-\(index)")
            try cache.add(path, of: store, lie)
            arguments += ["--from", cache.url]
        }
        let honest = try CacheFixture(store, named: "honest")
        try honest.add(path, of: store)
        try damage(store, path)
        let failed = try store.start(arguments).wait()
        #expect(failed.status == 1)
        #expect(failed.error.contains("0 repaired, 1 left"))
        #expect(try store.contents(path) == "damaged")
        let repaired = try store.start(arguments + ["--from", honest.url]).wait()
        #expect(repaired.status == 0, "\(repaired.error)")
        #expect(repaired.error.contains("repaired from '\(honest.url)'"))
        #expect(try store.contents(path) == text)
        try store.succeed("verify", "--check-contents")
        #expect(store.scratch() == [])
    }
}
