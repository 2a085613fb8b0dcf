import Audits
import LocalStore
import Primitives
import Reproduction
import StoreDatabase
import StoreModel
import Substitutes
import TestSupport
import Testing

/// What is here beside what others say, with a store in a temporary folder and caches that are functions.
@Suite struct AgreementQuestionsTests {
    private let directory: TemporaryDirectory
    private let store: LocalStore
    private let questions: AgreementQuestions

    init() throws {
        directory = try TemporaryDirectory()
        store = try LocalStore(opening: StoreLayout(root: directory.path), access: .create)
        questions = AgreementQuestions(store, tool: "test")
    }

    /// A cache that says of every path that it has these contents; of none without.
    private func cache(_ narHash: Digest?) -> CacheWitness {
        CacheWitness("https://cache.example", store: store.storeDirectory) { next, tell in
            while let path = next() {
                try tell(
                    path,
                    .success(
                        narHash.map {
                            NarInfo(
                                info: PathInfo(path: path, narHash: $0, narSize: 120), url: "x.nar")
                        }))
            }
        }
    }

    @Test func cachesAreChallenged() async throws {
        let path = try store.addText(name: "text", contents: Array("hello".utf8))
        let info = try #require(try store.database.info(path))
        func verdict(_ cache: CacheWitness) async throws -> ComparedOutput.Verdict {
            let comparison = try await questions.challenge(
                [cache], on: [path], closure: true, trusting: [])
            return ComparisonAnswer(comparison, subjects: [path]).verdict
        }
        let same = CacheWitness("same", store: store.storeDirectory) { next, tell in
            while let path = next() {
                var info = info
                info.path = path
                try tell(path, .success(NarInfo(info: info, url: "x.nar")))
            }
        }
        #expect(try await verdict(same) == .match)
        #expect(try await verdict(cache(Digest.hash("other"))) == .mismatch)
        #expect(try await verdict(cache(nil)) == .inconclusive)
        // Nothing was built here, so without a goal there is nothing to ask for.
        let nothing = try await questions.challenge(
            [same], on: [], closure: false, trusting: [])
        #expect(nothing.outputs.isEmpty)
    }

    @Test func agreementIsAboutWhatIsHere() async throws {
        let path = try store.addText(name: "text", contents: Array("hello".utf8))
        let key = try SecretKey(name: "alice-1", seed: [UInt8](repeating: 1, count: 32))
        let policy = try AgreementPolicy(
            parsing: Array(
                """
                {"version": 1, "builders": {"alice": ["\(key.publicKey)"]},
                 "rules": [{"name": "*", "agree": 1}]}
                """.utf8), from: "policy.json")
        let reader = SideReader(trusting: [key.publicKey], tool: "test")
        func judge(_ narHash: Digest?) async throws -> AgreementAnswer {
            var manifest = try ManifestMaker(store, tool: "test").manifest(ofOnly: [path])
            if let narHash {
                manifest.entries[path]?.narHash = narHash
                manifest.entries[path]?.contentAddress = nil
            }
            try manifest.sign(with: key)
            let side = try reader.side("alice.json", manifest: manifest.json.text())
            #expect(side.signer == "alice-1")
            return try await questions.agreement(
                by: policy, on: [], closure: false, [side], [cache(nil)])
        }
        let agreed = try await judge(nil)
        #expect(agreed.isAgreed && agreed.items.map(\.path) == [path])
        #expect(try await judge(Digest.hash("other")).count(.disputed) == 1)
    }

    @Test func manifestsNeedASignatureWhereOneIsAskedFor() throws {
        let keys = try ["alice-1", "mallory-1"].enumerated().map { index, name in
            try SecretKey(name: name, seed: [UInt8](repeating: UInt8(index), count: 32))
        }
        let reader = SideReader(trusting: [keys[0].publicKey], tool: "test")
        var manifest = Manifest(store: .nodeos, tool: "test")
        let unsigned = #expect(throws: ManifestError.self) {
            try reader.side("x.json", manifest: manifest.json.text())
        }
        #expect(unsigned?.reason == .unsigned)
        // What a command could do about it, the command says.
        #expect(unsigned?.description.contains("--") == false)
        try manifest.sign(with: keys[1])
        #expect(throws: ManifestError.self) {
            try reader.side("x.json", manifest: manifest.json.text())
        }
        try manifest.sign(with: keys[0])
        #expect(try reader.side("x.json", manifest: manifest.json.text()).signer == "alice-1")
        let other = SideReader(trusting: [], tool: "test")
        #expect(try other.side("x.json", manifest: manifest.json.text()).signer == nil)
    }

    @Test func whatIsComparedIsWhatManifestsTellOf() throws {
        func side(_ name: String, _ items: [String]) throws -> (AuditSide, [StorePath]) {
            var manifest = Manifest(store: .nodeos, tool: name)
            let paths = try items.map {
                try StorePath(hash: Digest.hash($0).folded(to: 20), name: $0)
            }
            for path in paths {
                manifest.entries[path] = ManifestEntry(
                    path: path, narHash: Digest.hash(path.name), narSize: 100)
            }
            return (AuditSide(name: name, manifest: manifest), paths)
        }
        let (here, mine) = try side("here", ["a", "b"])
        let (there, theirs) = try side("there", ["b", "c"])
        #expect(AgreementQuestions.subjects([], of: [here], [there]) == Set(theirs))
        #expect(AgreementQuestions.subjects([], of: [here], []) == Set(mine))
        #expect(AgreementQuestions.subjects([], of: [], []) == nil)
        #expect(AgreementQuestions.subjects([mine[0]], of: [here], [there]) == [mine[0]])
    }
}
