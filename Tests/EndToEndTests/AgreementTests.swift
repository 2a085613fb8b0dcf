import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `audit manifest` and `audit compare`: stores that agree, that do not, and sides that lie.
@Suite(.timeLimit(.minutes(40))) struct AgreementTests {
    /// base → noise → library → program; `deaf` needs `noise` too, and hears nothing of it.
    struct Chain {
        var store: StoreFixture
        let base: StoreFixture.Item
        let noise: StoreFixture.Item
        let library: StoreFixture.Item
        let deaf: StoreFixture.Item
        let program: StoreFixture.Item

        /// Makes the chain in a store of its own; with `noise`, one derivation gives other bytes
        /// each time it is built.
        init(noisy: Bool) throws {
            var store = try StoreFixture()
            base = try store.derive("base", "echo base > $out")
            noise = try store.derive(
                "noise",
                noisy ? "head -c 16 /dev/urandom > $out" : "echo quiet > $out", inputs: [base])
            library = try store.derive(
                "library", "cat \(noise.output()) > $out", inputs: [noise])
            deaf = try store.derive("deaf", "echo deaf > $out", inputs: [noise])
            program = try store.derive(
                "program", "cat \(library.output()) \(deaf.output()) > $out",
                inputs: [library, deaf])
            self.store = store
            try store.realise(program)
        }

        func manifest(_ options: String...) throws -> [UInt8] {
            let result = try store.start(
                ["audit", "manifest", "--derivations", program.drv] + options
            ).wait()
            #expect(result.status == 0, "\(result.error)")
            return Array(result.output.utf8)
        }
    }

    /// Writes `bytes` to a file of `store`'s directory and returns its path.
    private func file(_ store: StoreFixture, _ name: String, _ bytes: [UInt8]) throws -> String {
        let path = store.directory.file(name)
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    private func compare(_ store: StoreFixture, _ arguments: String...) throws
        -> ChildProcess.Result
    { try compare(store, arguments) }

    private func compare(_ store: StoreFixture, _ arguments: [String]) throws
        -> ChildProcess.Result
    {
        try ChildProcess(
            [store.binary, "audit", "compare"] + arguments, environment: store.environment
        ).wait()
    }

    private func json(_ result: ChildProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    /// A manifest with changed members and a digest that fits them, as a forger makes it.
    private func forged(
        _ manifest: [UInt8], _ change: (inout [String: JSONValue]) throws -> Void
    ) throws -> [UInt8] {
        var members = try #require(try JSONValue(parsing: manifest).object)
        members["digest"] = nil
        let signatures = members.removeValue(forKey: "signatures")
        try change(&members)
        let digest = Digest.hash(JSONValue.object(members).text(isPretty: false))
        members["digest"] = .string(digest.prefixedNix32)
        members["signatures"] = signatures
        return JSONValue.object(members).text()
    }

    @Test func twoStoresAgree() throws {
        let one = try Chain(noisy: false)
        let two = try Chain(noisy: false)
        let result = try compare(
            one.store, "--json", "--root", one.store.root, "--root", two.store.root)
        #expect(result.status == 0, "\(result.error)")
        let answer = try json(result)
        #expect(answer["verdict"]?.string == "match")
        // The five outputs and the tools, which were added to both.
        #expect(answer["counts"]?["match"]?.integer == 6)
        #expect(answer["counts"]?["matchBuiltTwice"]?.integer == 5)
        #expect(answer["counts"]?["mismatch"]?.integer == 0)
    }

    @Test func aDifferenceIsBlamedOnWhereItBegins() throws {
        let one = try Chain(noisy: true)
        let two = try Chain(noisy: true)
        let files = try [
            file(one.store, "one.json", one.manifest()),
            file(one.store, "two.json", two.manifest()),
        ]
        for sides in [files, ["--root", one.store.root, "--root", two.store.root]] {
            let result = try compare(one.store, ["--json"] + sides)
            #expect(result.status == 2, "\(result.error)")
            let answer = try json(result)
            let groups = try #require(answer["groups"]?.array)
            #expect(groups.count == 1)
            #expect(groups.first?["derivation"]?.string == one.noise.drv)
            #expect(groups.first?["outputs"]?.array?.map(\.string) == [one.noise.output()])
            #expect(
                groups.first?["consequences"]?.array?.map(\.string) == [
                    one.library.output(), one.program.output(),
                ])
            #expect(groups.first?["uncomparedInputs"]?.array == [])
            let counts = try #require(answer["counts"])
            // base, deaf and the tools match; noise, library, program do not.
            #expect(counts["match"]?.integer == 3)
            #expect(counts["mismatch"]?.integer == 3)
            #expect(counts["mismatchFirst"]?.integer == 1)
            #expect(counts["mismatchFollowing"]?.integer == 2)
            #expect(counts["inconclusive"]?.integer == 0)
        }
        let text = try compare(one.store, files[0], files[1]).output
        #expect(text.contains("differs first: \(one.noise.baseName)\n  \(one.noise.output())\n"))
        #expect(text.contains("and 2 that are built from it:\n    \(one.library.output())\n"))
        #expect(
            text.contains("6 paths: 3 match (2 built by at least two sides), 3 do not (1 first"))
        // Asked for one path only: it cannot be told what it follows from.
        let only = try compare(one.store, "--only", one.program.drv, files[0], files[1])
        #expect(only.status == 2)
        #expect(only.output.contains("not compared, so it may begin there:"))
    }

    @Test func manifestsAreStableAndTellHowThingsCame() throws {
        let chain = try Chain(noisy: false)
        let bytes = try chain.manifest()
        #expect(try chain.manifest() == bytes)
        let manifest = try JSONValue(parsing: bytes)
        let entries = try #require(manifest["entries"]?.array)
        let paths = entries.compactMap { $0["path"]?.string }
        #expect(paths == paths.sorted())
        let library = try #require(entries.first { $0["path"]?.string == chain.library.output() })
        #expect(library["deriver"]?.string == chain.library.baseName)
        #expect(library["output"]?.string == "out")
        #expect(library["origin"]?["kind"]?.string == "built")
        #expect(library["origin"]?["startTime"]?.integer ?? 0 > 1_700_000_000_000)
        let tools = try #require(entries.first { $0["path"]?.string == chain.store.tools })
        #expect(tools["origin"]?["kind"]?.string == "added")
        // The closure alone: the program refers to nothing.
        let alone = try chain.store.succeed("audit", "manifest", chain.program.output())
        #expect(try json(alone)["entries"]?.array?.count == 1)
    }

    @Test func oneSideUnderTwoNamesCountsOnce() throws {
        let chain = try Chain(noisy: false)
        let bytes = try chain.manifest()
        let mine = try file(chain.store, "mine.json", bytes)
        let copy = try file(chain.store, "copy.json", bytes)
        // Another machine's name on it, and a fitting digest.
        let disguised = try file(
            chain.store, "disguised.json",
            forged(bytes) { members in
                var machine = try #require(members["machine"]?.object)
                machine["id"] = .string("0123456789abcdef0123456789abcdef")
                machine["storeID"] = .null
                machine["kernel"] = .string("Linux 9.9")
                members["machine"] = .object(machine)
            })
        for other in [copy, disguised] {
            let result = try compare(chain.store, mine, other)
            #expect(result.status == 3)
            #expect(result.output.contains("count once: "))
            #expect(result.output.contains(" 0 match "))
        }
        #expect(try compare(chain.store, "--root", chain.store.root, mine).status == 3)
    }

    @Test func editedManifestsAreRefused() throws {
        let chain = try Chain(noisy: false)
        let store = chain.store
        let bytes = try chain.manifest()
        let mine = try file(store, "mine.json", bytes)
        func refusal(_ bytes: [UInt8], _ message: String) throws {
            let theirs = try file(store, "theirs.json", bytes)
            let result = try compare(store, mine, theirs)
            #expect(result.status == 1)
            #expect(result.output.isEmpty)
            #expect(result.error.contains("'\(theirs)': "), "\(result.error)")
            #expect(result.error.contains(message), "\(result.error)")
        }
        func entries(
            _ change: @escaping (inout [JSONValue]) throws -> Void
        ) throws -> [UInt8] {
            try forged(bytes) { members in
                var entries = try #require(members["entries"]?.array)
                try change(&entries)
                members["entries"] = .array(entries)
            }
        }
        func field(_ key: String, _ value: JSONValue) throws -> [UInt8] {
            try entries { entries in
                var entry = try #require(entries[1].object)
                entry[key] = value
                entries[1] = .object(entry)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let flipped = text.replacing("\"narSize\": 1", with: "\"narSize\": 2")
        try refusal(Array(flipped.utf8), "it was changed after it was written")
        try refusal(entries { $0.append($0[0]) }, "entries[6].path: ")
        try refusal(
            field("path", .string("/gnu/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-x")),
            "entries[1].path: ")
        try refusal(field("narHash", .string("sha256:abc")), "entries[1].narHash: ")
        try refusal(field("narSize", .integer(-1)), "entries[1].narSize: ")
        try refusal(field("deriver", .null), "entries[1].deriver: what was built has a derivation")
        try refusal(field("output", .string("dev")), "entries[1].output: ")
        try refusal(field("references", .string("x")), "entries[1].references: a list belongs here")
        try refusal(
            forged(bytes) { $0["store"] = .string("/nix/store") }, "entries[0].path: ")
        try refusal(forged(bytes) { $0["version"] = .integer(2) }, "only version 1 is known")
        try refusal(forged(bytes) { $0["mood"] = .null }, "members, an order or forms of hashes")
        try refusal(Array("{\"type\": 1}".utf8), "its type is not 'nodeos-store manifest'")
        try refusal(Array("{\n\"a\": 1,\n\"a\": 2}".utf8), "line 3, offset 10: the key 'a'")
        try refusal(Array(bytes.dropLast(9)), "not JSON")
        try refusal(
            Array(("[" + String(repeating: "0,", count: 2_000_001)).utf8), "too many values")
        let huge = store.directory.file("huge.json")
        _ = FileManager.default.createFile(atPath: huge, contents: nil)
        let status = unsafe truncate(huge, 65 << 20)
        #expect(status == 0)
        #expect(try compare(store, mine, huge).error.contains("larger than"))
    }

    @Test func signaturesAreVerifiedWhenKeysAreGiven() throws {
        let chain = try Chain(noisy: false)
        let store = chain.store
        func key(_ name: String) throws -> (secret: String, publicKey: String) {
            let path = store.directory.file("\(name).secret")
            return (path, try store.succeed("key", "generate", name, path).lines[0])
        }
        let (alice, mallory) = try (key("alice-1"), key("mallory-1"))
        #expect(try store.succeed("key", "public", alice.secret).lines == [alice.publicKey])
        let unsigned = try file(store, "unsigned.json", chain.manifest())
        let signed = try file(store, "signed.json", chain.manifest("--sign", alice.secret))
        let other = try file(store, "other.json", chain.manifest("--sign", mallory.secret))
        func status(_ side: String) throws -> ChildProcess.Result {
            try compare(store, "--trusted-key", alice.publicKey, signed, side)
        }
        let good = try status(signed)
        #expect(good.status == 3)
        #expect(good.output.contains("signed by alice-1"))
        #expect(try status(unsigned).error.contains("it has no signature"))
        #expect(try status(other).error.contains("it is signed by 'mallory-1'"))
        // Alice's signature under other contents.
        let moved = try file(
            store, "moved.json",
            forged(Array(Data(contentsOf: URL(filePath: signed)))) {
                $0["tool"] = .string("another")
            })
        #expect(try status(moved).error.contains("it is signed by 'alice-1', and no trusted key"))
        // A secret that others can read is none.
        let secret = try String(contentsOfFile: alice.secret, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: alice.secret)
        let loose = try store.run("audit", "manifest", "--sign", alice.secret, chain.program.drv)
        #expect(loose.status == 1)
        #expect(loose.error.contains("chmod 600"))
        #expect(!loose.error.contains(secret.suffix(20)))
    }
}
