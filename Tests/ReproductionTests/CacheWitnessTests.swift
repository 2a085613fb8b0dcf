import Audits
import Primitives
import Reproduction
import StoreModel
import Substitutes
import Synchronization
import Testing

/// What a cache says, with caches that are functions.
@Suite struct CacheWitnessTests {
    private let paths: [StorePath]
    private let key: SecretKey

    init() throws {
        paths = try (0..<40).map {
            try StorePath(hash: Digest.hash("\($0)").folded(to: 20), name: "item-\($0)")
        }
        key = try SecretKey(name: "cache-1", seed: [UInt8](repeating: 3, count: 32))
    }

    /// What a cache has of `path`, signed by `signer`.
    private static func narInfo(_ path: StorePath, signedBy signer: SecretKey? = nil) throws
        -> NarInfo
    {
        var info = PathInfo(path: path, narHash: Digest.hash(path.name), narSize: 120)
        if let signer {
            info.signatures = [try signer.sign(info.fingerprint(in: .nodeos))]
        }
        return NarInfo(info: info, url: "nar/\(path.hashPart).nar", compression: "none")
    }

    private func witness(
        _ answer: @escaping @Sendable (StorePath) throws -> NarInfo?
    ) -> CacheWitness {
        CacheWitness("https://cache.example", store: .nodeos) { next, tell in
            while let path = next() { try tell(path, Result { try answer(path) }) }
        }
    }

    @Test func everyPathIsAskedForOnce() async throws {
        let asked = Mutex<[StorePath]>([])
        let half = Set(paths.prefix(20))
        let side = try await witness { path in
            asked.withLock { $0.append(path) }
            return half.contains(path) ? try Self.narInfo(path) : nil
        }.side(paths, trusting: [])
        #expect(asked.withLock { $0.sorted() } == paths.sorted())
        #expect(Set(side.manifest.entries.keys) == half)
        #expect(side.name == "https://cache.example" && side.remarks.isEmpty)
    }

    @Test func withKeysOnlyWhatTheySignedCounts() async throws {
        let key = key
        let signed = paths[0]
        let side = try await witness { try Self.narInfo($0, signedBy: $0 == signed ? key : nil) }
            .side(Array(paths.prefix(3)), trusting: [key.publicKey])
        #expect(Array(side.manifest.entries.keys) == [signed])
        #expect(side.remarks == ["2 paths are not signed by a trusted key, and do not count"])
    }

    @Test func liesAreRemarksAndManyFailuresEndIt() async throws {
        let lying = try await witness { path in
            throw BinaryCacheError.notACache(url: "https://cache.example/\(path.name)")
        }.side(paths, trusting: [])
        #expect(lying.manifest.entries.isEmpty)
        #expect(lying.remarks.count == 4 && lying.remarks.last == "37 more paths cannot be used")
        let count = Atomic(0)
        await #expect(throws: DownloadError.self) {
            try await witness { _ in
                count.wrappingAdd(1, ordering: .relaxed)
                throw DownloadError.library(operation: "ask", reason: "no route")
            }.side(paths, trusting: [])
        }
        // 20 failures, and at most one more on each of the other threads.
        #expect((20...36).contains(count.load(ordering: .relaxed)))
    }

    @Test func whatIsNoCacheIsNotAsked() async throws {
        let witness = CacheWitness(
            "x", store: .nodeos, check: { throw BinaryCacheError.notACache(url: "x") }
        ) { _, _ in Issue.record("it was asked") }
        await #expect(throws: BinaryCacheError.self) {
            try await witness.side(paths, trusting: [])
        }
    }
}
