import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `realise --substituters`: outputs that come from binary caches, honest ones and others.
@Suite(.timeLimit(.minutes(40))) struct SubstitutionTests {
    @Test func anOutputIsTakenWithWhatItRefersToAndNotLookedBehind() throws {
        let scene = try SubstitutionScene("taken")
        let cache = try scene.cache()
        let dry = try scene.realise([cache.url], "--dry-run", scene.chain[2].drv)
        #expect(dry.status == 0, "\(dry.error)")
        #expect(dry.output.contains("3 to take from binary caches, "))
        #expect(dry.output.contains("\(scene.chain[0].output())  from \(cache.url)"))
        #expect(!dry.output.contains("to build"))
        #expect(try !scene.user.isValid(scene.chain[0].output()))
        let taken = try scene.realise([cache.url], scene.chain[2].drv)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.lines == [scene.chain[2].output()])
        #expect(taken.error.contains("to take from binary caches: 3 paths, "))
        #expect(!taken.error.contains("building"))
        for item in scene.chain { #expect(try scene.user.isValid(item.output())) }
        #expect(try !scene.user.isValid(scene.tool.output()))
        #expect(
            try scene.user.contents(scene.chain[2].output())
                == scene.builder.contents(scene.chain[2].output()))
        try scene.user.succeed("verify", "--check-contents")
        try scene.user.succeed("db", "check")
        let info = try scene.user.succeed("query", "info", "--json", scene.chain[2].output())
        #expect(info.output.contains("cache-1:"))
        #expect(try scene.origin(scene.chain[2]) == cache.url)
        #expect(scene.user.scratch() == [])
        // What is there is asked of nobody: this cache could not be asked at all.
        let again = try scene.realise(["file:///nowhere"], scene.chain[2].drv)
        #expect(again.status == 0)
        #expect(again.error.isEmpty, "\(again.error)")
    }

    @Test func plainPathsAndTheEnvironment() throws {
        let scene = try SubstitutionScene("plain")
        let cache = try scene.cache()
        let path = scene.chain[1].output()
        let absent = try scene.user.start(["realise", path]).wait()
        #expect(absent.status == 1)
        let variables = [
            "NODEOS_SUBSTITUTERS": cache.url,
            "NODEOS_TRUSTED_KEYS": scene.key.publicKey.description,
        ]
        let off = try scene.user.start(
            ["realise", "--no-substitutes", path], adding: variables
        ).wait()
        #expect(off.status == 1)
        let taken = try scene.user.start(["realise", path], adding: variables).wait()
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.lines == [path])
        #expect(try scene.user.isValid(scene.chain[0].output()))
        #expect(try !scene.user.isValid(scene.chain[2].output()))
    }

    @Test func cachesAreAskedByPriority() throws {
        let scene = try SubstitutionScene("priority")
        let path = scene.chain[0].output()
        let urls = try [("late", "Priority: 40"), ("early", "Priority: 10"), ("none", "")].map {
            let cache = try scene.cache($0)
            try cache.write("nix-cache-info", "StoreDir: /nodeos/store\n\($1)\n")
            return cache.url
        }
        func first(_ urls: [String]) throws -> String? {
            let plan = try scene.realise(urls, "--dry-run", path)
            #expect(plan.status == 0, "\(plan.error)")
            return plan.lines.last?.split(separator: " ").last.map(String.init)
        }
        #expect(try first([urls[0], urls[1]]) == urls[1])
        #expect(try first([urls[1], urls[0]]) == urls[1])
        // None is 0, as for Nix 2.8; the user's own counts more; equals are asked as they are given.
        #expect(try first(urls) == urls[2])
        #expect(try first([urls[0] + "?priority=5", urls[1]]) == urls[0])
        #expect(try first([urls[0], urls[1] + "?priority=40"]) == urls[0])
        #expect(try scene.realise([urls[0] + "?trusted=1"], path).status == 1)
    }

    /// What a cache can do wrong to one path, signed or not.
    private func lies(_ key: SecretKey) -> [(inout NarInfo, inout [UInt8]) throws -> Void] {
        func sign(_ narInfo: inout NarInfo) throws {
            narInfo.info.signatures = [try key.sign(narInfo.info.fingerprint(in: .nodeos))]
        }
        return [
            { narInfo, _ in narInfo.info.signatures = [] },
            { narInfo, nar in
                nar[150] ^= 1
                narInfo.info.narHash = Digest.hash(nar)
            },
            { narInfo, _ in narInfo.info.references = [] },
            { narInfo, _ in narInfo.info.narSize += 8 },
            { narInfo, _ in
                let stranger = try SecretKey(
                    name: key.publicKey.name, seed: [UInt8](repeating: 6, count: 32))
                narInfo.info.signatures = [
                    try stranger.sign(narInfo.info.fingerprint(in: .nodeos))
                ]
            },
            { narInfo, _ in
                // A content address that another path follows from.
                narInfo.info.signatures = []
                narInfo.info.contentAddress = "fixed:r:\(narInfo.info.narHash.prefixedNix32)"
            },
            // Signed, and not what is served.
            { _, nar in nar.removeLast(nar.count / 2) },
            { _, nar in nar += [UInt8](repeating: 0, count: 1 << 20) },
            { _, nar in nar[100] ^= 1 },
            { narInfo, _ in narInfo.url = "gone.nar" },
            { narInfo, _ in narInfo.compression = "lzip" },
            { narInfo, nar in
                narInfo.compression = "xz"
                nar = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] + [UInt8](repeating: 0, count: 100)
            },
            { narInfo, _ in
                narInfo.info.narSize = 1 << 60
                try sign(&narInfo)
            },
        ]
    }

    @Test func cachesThatLieMakeNothingValid() throws {
        let scene = try SubstitutionScene("lies", random: true)
        let path = scene.chain[2].output()
        var urls: [String] = []
        for (index, lie) in lies(scene.key).enumerated() {
            let cache = try CacheFixture(scene.builder, named: "lie-\(index)")
            for item in scene.chain.prefix(2) {
                try cache.add(item.output(), of: scene.builder, signedBy: scene.key)
            }
            try cache.add(path, of: scene.builder, signedBy: scene.key, lie)
            urls.append(cache.url)
        }
        // A narinfo of another path, and no narinfo.
        for (name, text) in [("moved", nil), ("page", "<html>hello</html>\n")] {
            let cache = try CacheFixture(scene.builder, named: name)
            let other = try cache.add(scene.chain[0].output(), of: scene.builder)
            let hashPart = try StoreDirectory.nodeos.parse(path).hashPart
            try cache.write("\(hashPart).narinfo", text ?? other.text(in: .nodeos))
            urls.append(cache.url)
        }
        urls.append(try bomb(scene, path))
        urls.append(try CacheFixture(scene.builder, named: "o", storeDir: "/nix/store").url)
        urls += ["file://\(scene.builder.directory.file("nothing"))", "http://127.0.0.1:1"]
        let honest = try scene.cache("honest")
        let taken = try scene.realise(urls + [honest.url], path)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.error.contains("is not taken from"))
        #expect(taken.error.contains("is of the store '/nix/store', not of '/nodeos/store'"))
        #expect(try scene.origin(scene.chain[2]) == honest.url, "\(taken.error)")
        #expect(try scene.user.contents(path) == scene.builder.contents(path))
        try scene.user.succeed("verify", "--check-contents")
        #expect(scene.user.scratch() == [])
        // Without the honest one it is built, and a path by itself is not made at all.
        try scene.user.succeed("gc")
        _ = try scene.user.addTools()
        for item in [scene.tool] + scene.chain { try scene.tell(item) }
        let lone = try scene.realise(urls, path)
        #expect(lone.status == 1)
        #expect(try !scene.user.isValid(path))
        let built = try scene.realise(urls, scene.chain[2].drv)
        #expect(built.status == 0, "\(built.error)")
        #expect(built.error.contains("lies-three cannot be taken from a cache: it has to be built"))
        #expect(try scene.user.contents(path) != scene.builder.contents(path))
        #expect(try scene.user.strays() == [])
    }

    /// A cache whose file is small and grows without end.
    private func bomb(_ scene: SubstitutionScene, _ path: String) throws -> String {
        let cache = try CacheFixture(scene.builder, named: "bomb")
        try cache.add(scene.chain[0].output(), of: scene.builder, signedBy: scene.key)
        try cache.add(scene.chain[1].output(), of: scene.builder, signedBy: scene.key)
        try cache.add(path, of: scene.builder, signedBy: scene.key) { narInfo, nar in
            narInfo.compression = "gzip"
            // Up to the length of the contents, which is now that of 100 MB of zeros.
            let head = scene.builder.directory.file("bomb-head")
            let length = (0..<8).map { UInt8(truncatingIfNeeded: 100_000_000 >> (8 * $0)) }
            try Data(nar.prefix(88) + length).write(to: URL(filePath: head))
            let made = try ChildProcess(
                [
                    "/bin/sh", "-c",
                    "{ cat \"$0\"; head -c 100000000 /dev/zero; } | gzip -1 > \"$0.gz\"", head,
                ],
                environment: scene.builder.environment
            ).wait()
            #expect(made.status == 0)
            nar = try Array(Data(contentsOf: URL(filePath: head + ".gz")))
        }
        return cache.url
    }

    @Test func fixedOutputsProveThemselves() throws {
        var builder = try StoreFixture(withTools: false)
        var user = try StoreFixture(withTools: false)
        let text = "something fixed\n"
        let made = try builder.fetched("fixed.txt", text)
        let item = try user.fetch(
            "fixed.txt", ["file:///nowhere/fixed"], Digest.hash(text))
        let lying = try CacheFixture(builder, named: "lying")
        try lying.add(made.output(), of: builder) { narInfo, nar in
            // Whole in itself, but of other bytes.
            let place = try #require(nar.firstRange(of: Array("something".utf8)))
            nar.replaceSubrange(place, with: Array("SOMETHING".utf8))
            narInfo.info.narHash = Digest.hash(nar)
        }
        let refused = try user.start(["realise", "--substituters", lying.url, item.drv]).wait()
        #expect(refused.status != 0)
        #expect(refused.error.contains("fixed.txt is not taken from '\(lying.url)'"))
        #expect(try !user.isValid(item.output()))
        let honest = try CacheFixture(builder, named: "honest")
        try honest.add(made.output(), of: builder)
        let taken = try user.start(
            ["realise", "--substituters", "\(lying.url) \(honest.url)", item.drv]
        ).wait()
        #expect(taken.status == 0, "\(taken.error)")
        #expect(try user.contents(item.output()) == text)
        // It was not fetched from anywhere, so no other URL is missed later.
        #expect(try user.start(["realise", item.drv]).wait().error.isEmpty)
    }

    /// What a path refers to is in no cache: it is built, and the path is taken then.
    @Test func referencesThatNobodyHasAreBuiltFirst() throws {
        let scene = try SubstitutionScene("mixed", random: true)
        let cache = try CacheFixture(scene.builder)
        try cache.add(scene.chain[2].output(), of: scene.builder, signedBy: scene.key)
        let taken = try scene.realise([cache.url], scene.chain[2].drv)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(
            try scene.user.contents(scene.chain[2].output())
                == scene.builder.contents(scene.chain[2].output()))
        #expect(
            try scene.user.contents(scene.chain[0].output())
                != scene.builder.contents(scene.chain[0].output()))
        let alone = try scene.realise([cache.url], "--no-substitutes", scene.chain[2].drv)
        #expect(alone.status == 0)
    }
}
