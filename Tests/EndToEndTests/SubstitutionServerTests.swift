import Foundation
import Primitives
import StoreModel
import Synchronization
import TestSupport
import Testing

/// `realise --substituters` with servers that fail, runs that are killed, and builders who must agree.
@Suite(.timeLimit(.minutes(40))) struct SubstitutionServerTests {
    // MARK: Agreement

    @Test func onlyWhatBuildersAgreeOnIsTaken() throws {
        let scene = try SubstitutionScene("agreed")
        let other = try SubstitutionScene("agreed")
        let cache = try scene.cache()
        let bob = other.builder.directory.file("bob.secret")
        let bobsKey = try other.builder.succeed("key", "generate", "bob-1", bob).lines[0]
        let manifest = try other.builder.succeed(
            "audit", "manifest", "--sign", bob, scene.chain[2].drv)
        try scene.user.directory.write(manifest.output, to: "bob.json")
        try scene.user.directory.write(
            """
            {"version": 1,
             "builders": {"alice": ["\(scene.key.publicKey)"], "bob": ["\(bobsKey)"]},
             "rules": [{"name": "agreed-*", "agree": 2}]}
            """, to: "policy.json")
        let demanding = [
            "realise", "--substituters", cache.url, "--require-agreement",
            scene.user.directory.file("policy.json"),
        ]
        let path = scene.chain[2].output()
        // The cache has alice's signatures only.
        let lone = try scene.user.start(demanding + [path]).wait()
        #expect(lone.status == 1)
        #expect(lone.error.contains("lacking: 1 of the 2 that must agree (alice says sha256:"))
        #expect(lone.error.contains("nothing from bob"))
        #expect(try !scene.user.isValid(path))
        let file = scene.user.directory.file("bob.json")
        let taken = try scene.user.start(demanding + ["--manifest", file, path]).wait()
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.error.contains("agreed: 2 of the 2 that must agree (alice says sha256:"))
        #expect(try scene.origin(scene.chain[2]) == cache.url)
        // Bob has built something else: what alice says is not taken, but built here.
        let third = try SubstitutionScene("agreed")
        let lie = try CacheFixture(third.builder)
        for item in third.chain.prefix(2) {
            try lie.add(item.output(), of: third.builder, signedBy: third.key)
        }
        try lie.add(path, of: third.builder) { narInfo, nar in
            nar[100] ^= 1
            narInfo.info.narHash = Digest.hash(nar)
            narInfo.info.signatures = [
                try third.key.sign(narInfo.info.fingerprint(in: .nodeos))
            ]
        }
        let built = try third.user.start([
            "realise", "--substituters", lie.url, "--require-agreement",
            scene.user.directory.file("policy.json"), "--manifest", file, scene.chain[2].drv,
        ]).wait()
        #expect(built.status == 0, "\(built.error)")
        #expect(built.error.contains("disputed: 1 of the 2 that must agree (alice says sha256:"))
        #expect(try third.user.contents(path) == scene.builder.contents(path))
    }

    // MARK: Over HTTP

    /// Serves a directory; `change` may answer in its own way.
    private func server(
        _ cache: CacheFixture,
        _ change: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response? = { _ in
            nil
        }
    ) throws -> LoopbackServer {
        let directory = cache.directory
        return try LoopbackServer { request in
            if let response = change(request) { return response }
            let body = FileManager.default.contents(atPath: directory + request.path)
            return body.map { .init(200, body: Array($0)) } ?? .init(404)
        }
    }

    @Test func serversThatFailAreLeftForTheNext() throws {
        let scene = try SubstitutionScene("servers")
        let cache = try scene.cache()
        let failing = try server(cache) { $0.path.hasSuffix(".narinfo") ? .init(403) : nil }
        let broken = try server(cache) { request in
            request.path.hasSuffix(".nar")
                ? LoopbackServer.Response(200, body: [UInt8](repeating: 1, count: 500))
                    .broken(after: 100, .reset) : nil
        }
        let missing = try server(cache) { $0.path.hasSuffix(".nar") ? .init(404) : nil }
        let good = try server(cache)
        let taken = try scene.realise(
            [failing, broken, missing, good].map { $0.url("") }, scene.chain[2].drv)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.error.contains("has a narinfo of"))
        #expect(try scene.origin(scene.chain[2]) == good.url(""))
        // Nothing is asked for twice, and nothing when all is there.
        let count = good.requests.count
        #expect(Set(good.requests.map(\.path)).count == count)
        #expect(try scene.realise([good.url("")], scene.chain[2].drv).status == 0)
        #expect(good.requests.count == count)
    }

    /// A transfer that breaks off goes on where it was; nothing of it comes twice.
    @Test func aBrokenTransferGoesOn() throws {
        let scene = try SubstitutionScene("broken")
        let cache = try scene.cache()
        let directory = cache.directory
        let broken = Mutex<Set<String>>([])
        let server = try server(cache) { request in
            guard request.path.hasSuffix(".nar"),
                let body = FileManager.default.contents(atPath: directory + request.path)
            else { return nil }
            let answer = LoopbackServer.Response.ranged(Array(body), for: request)
            let isFirst = broken.withLock { $0.insert(request.path).inserted }
            return isFirst ? answer.broken(after: 40, .close) : answer
        }
        let taken = try scene.realise([server.url("")], scene.chain[2].drv)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(!taken.error.contains("is not taken from"), "\(taken.error)")
        let again = server.requests.filter { $0.rangeStart != nil }
        #expect(again.map(\.rangeStart) == [40, 40, 40])
        #expect(server.requests.count(where: { $0.path.hasSuffix(".nar") }) == 6)
        try scene.user.succeed("verify", "--check-contents")
    }

    /// Killed while a download hangs: nothing is half there, and the next run goes on. Meanwhile a
    /// collector takes nothing that was taken already.
    @Test func aKilledRunAndACollectorBesideIt() throws {
        let scene = try SubstitutionScene("killed")
        let cache = try scene.cache()
        let last = try StoreDirectory.nodeos.parse(scene.chain[2].output()).hashPart
        let stalling = try server(cache) { request in
            request.path == "/\(last).nar"
                ? LoopbackServer.Response(200, body: [UInt8](repeating: 1, count: 500))
                    .broken(after: 10, .stall) : nil
        }
        for signal in [SIGTERM, SIGKILL] {
            func hangs() -> Int {
                stalling.requests.count { $0.path == "/\(last).nar" }
            }
            let before = hangs()
            let run = try scene.user.start([
                "realise", "--trusted-key", scene.key.publicKey.description, "--substituters",
                stalling.url(""), scene.chain[2].drv,
            ])
            try waitUntil("the last download hangs: \(run.error)", limit: 90) {
                try hangs() > before
                    && scene.user.isValid(scene.chain[1].output())
            }
            try scene.user.succeed("gc")
            #expect(try scene.user.isValid(scene.chain[0].output()))
            #expect(try scene.user.isValid(scene.chain[1].output()))
            run.send(signal)
            let ended = try run.wait()
            #expect(ended.status == (signal == SIGTERM ? 130 : 128 + SIGKILL))
            #expect(try !scene.user.isValid(scene.chain[2].output()))
            #expect(try scene.user.strays() == [])
        }
        for item in [scene.tool] + scene.chain { try scene.tell(item) }
        let good = try scene.realise([cache.url], scene.chain[2].drv)
        #expect(good.status == 0, "\(good.error)")
        #expect(scene.user.scratch() == [])
        try scene.user.succeed("verify", "--check-contents")
    }
}
