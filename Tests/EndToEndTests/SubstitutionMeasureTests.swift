import Foundation
import Primitives
import StoreModel
import Synchronization
import TestSupport
import Testing

/// Caches that nobody trusts, and how much they may cost.
@Suite(.timeLimit(.minutes(40))) struct SubstitutionMeasureTests {
    /// Size and hash of the compressed file are hints: only the NAR's count.
    @Test func whatIsSaidOfTheFileIsAHint() throws {
        let scene = try SubstitutionScene("hints")
        let path = scene.chain[0].output()
        let hints: [(String, @Sendable (inout NarInfo) -> Void)] = [
            ("zero", { $0.fileSize = 0 }), ("small", { $0.fileSize = 1 }),
            ("huge", { $0.fileSize = 1 << 59 }),
            ("hash", { $0.fileHash = Digest.hash("something else") }),
        ]
        for (name, change) in hints {
            let cache = try CacheFixture(scene.builder, named: name)
            try cache.add(path, of: scene.builder, signedBy: scene.key) { narInfo, _ in
                change(&narInfo)
            }
            let plan = try scene.realise([cache.url], "--dry-run", path)
            #expect(!plan.output.contains(" TB") && !plan.output.contains(" PB"), "\(plan.output)")
            let taken = try scene.realise([cache.url], path)
            #expect(taken.status == 0, "\(name): \(taken.error)")
            #expect(!taken.error.contains("is not taken"), "\(taken.error)")
            try scene.user.succeed("gc", "--delete", path)
        }
    }

    /// The size of a fixed output is nobody's word: it is measured by what the derivation states, else
    /// by what was received.
    @Test func sizesThatNobodyVouchesForAreMeasured() throws {
        var builder = try StoreFixture(withTools: false)
        var user = try StoreFixture(withTools: false)
        let text = "something fixed\n"
        let made = try builder.fetched("fixed.txt", text)
        func packed(_ nar: [UInt8]) throws -> [UInt8] {
            let plain = builder.directory.file("plain.nar")
            try Data(nar).write(to: URL(filePath: plain))
            let gzip = try ChildProcess(
                ["/bin/sh", "-c", "gzip -n -c \"$0\" > \"$0.gz\"", plain],
                environment: builder.environment
            ).wait()
            #expect(gzip.status == 0)
            return try Array(Data(contentsOf: URL(filePath: plain + ".gz")))
        }
        let lying = try CacheFixture(builder, named: "lying")
        try lying.add(made.output(), of: builder) { narInfo, nar in
            narInfo.info.narSize = 300_000_000
            narInfo.compression = "gzip"
            narInfo.fileSize = 200_000_000
            nar = try packed(nar)
        }
        let item = try user.fetch("fixed.txt", ["file:///nowhere/fixed"], Digest.hash(text))
        let refused = try user.start(["realise", "--substituters", lying.url, item.drv]).wait()
        #expect(refused.status != 0)
        #expect(
            refused.error.contains("are said to hold 300000000, more than 2000 times as many"),
            "\(refused.error)")
        // More than what is stated can need, however it is compressed, is not even downloaded.
        let padded = try CacheFixture(builder, named: "padded")
        try padded.add(made.output(), of: builder) { narInfo, nar in
            narInfo.compression = "gzip"
            nar = try packed(nar) + [UInt8](repeating: 0, count: 4_000_000)
        }
        let tooLong = try user.start(["realise", "--substituters", padded.url, item.drv]).wait()
        #expect(tooLong.status != 0)
        #expect(tooLong.error.contains("larger than the limit of 10"), "\(tooLong.error)")
        let stated = try user.fetch(
            "fixed.txt", ["file:///nowhere/fixed"], Digest.hash(text), size: text.utf8.count)
        let before = try user.start(["realise", "--substituters", lying.url, stated.drv]).wait()
        #expect(before.status != 0)
        #expect(
            before.error.contains("300000000 bytes, and after the derivation it has 128"),
            "\(before.error)")
        let honest = try CacheFixture(builder, named: "honest")
        try honest.add(made.output(), of: builder)
        let taken = try user.start(
            ["realise", "--substituters", "\(lying.url) \(honest.url)", stated.drv]
        ).wait()
        #expect(taken.status == 0, "\(taken.error)")
    }

    /// Each narinfo of a derivation names thousands of others, without end.
    @Test func aSearchForDerivationsEnds() throws {
        let server = try LoopbackServer { request in
            if request.path.hasSuffix("nix-cache-info") {
                return .init(body: Array("StoreDir: /nodeos/store\n".utf8))
            }
            guard request.path.hasSuffix(".narinfo") else { return .init(404) }
            let hashPart = request.path.dropFirst().prefix(32)
            let digits = Array("0123456789abcdfghijklmnpqrsvwxyz")
            let names = (0..<4000).map { number in
                let hash =
                    (0..<6).map { "\(digits[number >> (2 * $0) & 31])" }.joined()
                    + hashPart.dropFirst(6).map { "\(digits[Int($0.asciiValue ?? 0) & 31])" }
                    .joined()
                return hash + "-x.drv"
            }
            let text = """
                StorePath: /nodeos/store/\(hashPart)-x.drv
                URL: x.nar
                Compression: none
                NarHash: \(Digest.hash("x").prefixedNix32)
                NarSize: 200
                References: \(Set(names).joined(separator: " "))

                """
            return .init(body: Array(text.utf8))
        }
        let store = try StoreFixture(withTools: false)
        let result = try store.run(
            "realise", "--substituters", server.url(""),
            "/nodeos/store/00000000000000000000000000000000-x.drv")
        #expect(result.status == 1)
        #expect(result.error.contains("that nothing proves"), "\(result.error)")
        #expect(server.requests.count < 5000)
    }

    /// A stated dictionary of gigabytes is not made.
    @Test func decodersHaveALimit() throws {
        let scene = try SubstitutionScene("decoders")
        let path = scene.chain[0].output()
        let cache = try CacheFixture(scene.builder, named: "large")
        try cache.add(path, of: scene.builder, signedBy: scene.key) { narInfo, nar in
            narInfo.compression = "xz"
            let plain = scene.builder.directory.file("plain.nar")
            try Data(nar).write(to: URL(filePath: plain))
            let packed = try ChildProcess(
                ["/bin/sh", "-c", "xz --lzma2=preset=0,dict=1GiB -c \"$0\" > \"$0.xz\"", plain],
                environment: scene.builder.environment
            ).wait()
            guard packed.status == 0 else { try Test.cancel("no xz: \(packed.error)") }
            nar = try Array(Data(contentsOf: URL(filePath: plain + ".xz")))
        }
        let refused = try scene.realise([cache.url], path)
        #expect(refused.status == 1)
        #expect(refused.error.contains("of memory are needed"), "\(refused.error)")
    }

    /// Signed by somebody trusted, and all the same no reason to fill the disk.
    @Test func whatHasNoRoomIsNotBegun() throws {
        let scene = try SubstitutionScene("room")
        let path = scene.chain[0].output()
        let cache = try CacheFixture(scene.builder, named: "large")
        try cache.add(path, of: scene.builder, signedBy: scene.key) { narInfo, _ in
            narInfo.info.narSize = 1 << 59
            narInfo.info.signatures = [try scene.key.sign(narInfo.info.fingerprint(in: .nodeos))]
        }
        let refused = try scene.realise([cache.url], path)
        #expect(refused.status == 1)
        #expect(refused.error.contains("for which there is no room here"), "\(refused.error)")
    }

    /// Silence is told of, and the next cache is asked.
    @Test(arguments: ["nix-cache-info", ".narinfo", ".nar"])
    func aCacheThatHangsIsToldOf(where suffix: String) throws {
        let scene = try SubstitutionScene("hangs")
        let cache = try scene.cache()
        let directory = cache.directory
        let hanging = try LoopbackServer { request in
            if request.path.hasSuffix(suffix) {
                return LoopbackServer.Response(body: [UInt8](repeating: 0, count: 100))
                    .broken(after: suffix == ".nar" ? 10 : 0, .stall)
            }
            return FileManager.default.contents(atPath: directory + request.path)
                .map { .init(body: Array($0)) } ?? .init(404)
        }
        let path = scene.chain[0].output()
        let taken = try scene.realise(
            [hanging.url("") + "?priority=1", hanging.url("/") + "?priority=2", cache.url], path)
        #expect(taken.status == 0, "\(taken.error)")
        #expect(taken.error.contains("waiting for '\(hanging.url(""))"), "\(taken.error)")
        #expect(try scene.origin(scene.chain[0]) == cache.url)
    }
}
