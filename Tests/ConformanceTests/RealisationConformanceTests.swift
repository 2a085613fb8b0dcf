import Foundation
import LocalStore
import Primitives
import Sandbox
import StoreCommands
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// A graph of more than 50 derivations, instantiated by the real Nix, built by it and by this
/// program: chains, diamonds, several outputs, fixed outputs of every algorithm, sources, texts.
@Suite struct RealisationConformanceTests {
    let nix: RealNix
    let directory: TemporaryDirectory
    let own: OwnStore
    let store: LocalStore

    init() async throws {
        nix = try RealNix()
        guard FileManager.default.isExecutableFile(atPath: "/bin/busybox") else {
            try Test.cancel("/bin/busybox is not installed (Debian: busybox-static)")
        }
        directory = try TemporaryDirectory()
        let probe = try await SandboxProbe.run(in: directory.path)
        if let failure = probe.failure { try Test.cancel("\(failure)") }
        own = OwnStore(directory: directory)
        store = try own.open()
    }

    /// Copies sources, texts and derivations from Nix's store, by this program's own means.
    ///
    /// - Returns: the derivations, each after those that it needs.
    private func transfer(_ goals: [StorePath]) async throws -> [StorePath] {
        let listed = try nix.run(
            "nix-store",
            ["--query", "--requisites"] + goals.map { store.storeDirectory.path(of: $0) }
        ).lines.map { try store.storeDirectory.parse($0) }
        var texts: [StoreText] = []
        var derivations: [Derivation] = []
        // Nix lists what is needed before what needs it.
        for path in listed {
            if path.isDerivation {
                derivations.append(
                    try Derivation(
                        parsing: nix.read(path.baseName), name: String(path.name.dropLast(4)),
                        in: store.storeDirectory))
            } else if path.name.hasPrefix("text") {
                let references = try nix.run(
                    "nix-store", ["--query", "--references", store.storeDirectory.path(of: path)]
                ).lines.map { try store.storeDirectory.parse($0) }
                texts.append(
                    try StoreText(
                        name: path.name, contents: nix.read(path.baseName),
                        references: Set(references)))
            } else {
                let added = await own.run([
                    "add", "--name", path.name, "\(nix.store)/\(path.baseName)",
                ])
                let expected = store.storeDirectory.path(of: path)
                try #require(added.text == expected + "\n", "\(added.errors)")
            }
        }
        let paths = try store.add(texts, derivations)
        #expect(Set(paths).isSubset(of: listed))
        #expect(derivations.count >= 50)
        return listed.filter { $0.isDerivation }
    }

    @Test func graphOfNix() async throws {
        try nix.shell("mkdir -p busybox/bin; cp /bin/busybox busybox/bin/")
        let busybox = try nix.run("nix-store", ["--add", nix.directory + "/busybox"]).text
        let goals = try Set(
            nix.instantiate("graph", busybox: busybox + "/bin/busybox").map {
                try store.storeDirectory.parse(String($0.prefix { $0 != "!" }))
            }
        ).sorted()
        let built = try await transfer(goals)
        let names = goals.map { store.storeDirectory.path(of: $0) }

        let realised = await own.run(["realise", "--jobs", "2"] + names)
        try #require(realised.status == .success, "\(realised.errors)")
        let outputs = Set(try built.flatMap { try store.database.outputs(of: $0).values })
        #expect(outputs.count >= 50)

        // The second time there is nothing to do, and nothing is.
        let again = await own.run(["realise"] + names)
        #expect(again.status == .success)
        #expect(again.text == realised.text)

        // One after the other: Nix 2.8 can wait for itself when several derivations of one run have
        // the same fixed output.
        for path in built {
            let name = store.storeDirectory.path(of: path)
            guard try nix.attempt("nix-store", ["--realise", name]).status == 0 else {
                try Test.cancel("this Nix cannot build in a store of its own here")
            }
        }
        for path in outputs {
            let output = store.storeDirectory.path(of: path)
            let info = try #require(try store.database.info(path))
            let hash = try nix.run("nix-store", ["--query", "--hash", output]).text
            #expect(info.narHash.prefixedNix32 == hash, "\(output) differs")
            let size = try nix.run("nix-store", ["--query", "--size", output]).text
            #expect("\(info.narSize)" == size)
            let references = try nix.run("nix-store", ["--query", "--references", output]).lines
            #expect(
                info.references.map { store.storeDirectory.path(of: $0) }.sorted()
                    == references.sorted(), "\(output) refers to others")
        }
        try await takeFromCache(outputs.map { store.storeDirectory.path(of: $0) }.sorted())
    }

    /// The same from a cache that Nix wrote and signed, into a store without any derivation.
    private func takeFromCache(_ names: [String]) async throws {
        let (secret, key) = (nix.directory + "/secret", nix.directory + "/public")
        try nix.run("nix-store", ["--generate-binary-cache-key", "cache-1", secret, key])
        let cache = "file://\(nix.directory)/cache"
        try nix.run(
            "nix", ["copy", "--to", "\(cache)?compression=xz&secret-key=\(secret)"] + names)
        let root = directory.file("other")
        let taken = await own.run(
            ["realise", "--root", root, "--substituters", cache, "--trusted-key", key] + names)
        try #require(taken.status == .success, "\(taken.errors)")
        #expect(taken.text.split(separator: "\n").map { String($0) } == names)
        let verified = await own.run(["verify", "--root", root, "--check-contents"])
        #expect(verified.status == .success, "\(verified.errors)")
        let other = try LocalStore(
            opening: StoreLayout(storeDirectory: store.storeDirectory, root: root),
            access: .readOnly)
        for name in names {
            let path = try store.storeDirectory.parse(name)
            let info = try #require(try other.database.info(path))
            let ours = try #require(try store.database.info(path))
            #expect(info.narHash == ours.narHash)
            #expect(info.references == ours.references)
            #expect(info.signatures.contains { $0.hasPrefix("cache-1:") })
        }
    }
}
