import Foundation
import LocalStore
import Primitives
import StoreCommands
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// Binary caches that this program fills, taken from by the real Nix, and the other way round.
@Suite struct GivingConformanceTests {
    let nix: RealNix
    let directory: TemporaryDirectory
    let own: OwnStore
    let store: LocalStore
    let program: String

    init() throws {
        nix = try RealNix()
        directory = try TemporaryDirectory()
        own = OwnStore(directory: directory)
        store = try own.open()
        let library = try store.addText(
            name: "library", contents: Array(String(repeating: "l", count: 9000).utf8))
        let path = try store.addText(
            name: "program", contents: Array("p".utf8), references: [library])
        program = store.storeDirectory.path(of: path)
    }

    /// Runs a command on the store, which must succeed; returns what it prints.
    @discardableResult
    private func run(_ arguments: String..., root: String = "root") async throws -> String {
        let (status, text, errors) = await own.run(arguments, root: root)
        #expect(status == .success, "\(arguments): \(errors)")
        return text
    }

    /// Nix believes nobody but our key, and takes what has no content address by its signature.
    @Test(arguments: ["zstd", "xz", "gzip", "none"])
    func nixTakesWhatWeGave(compression: String) async throws {
        let secret = directory.file("secret")
        let key = try await run("key", "generate", "cache-1", secret)
            .trimmingCharacters(in: .newlines)
        // Without its content address only a signature speaks for it.
        let url = "file://\(directory.path)/cache"
        try await run(
            "copy", "--to", url, "--sign", secret, "--compression", compression, program)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.file("cache"))
        where name.hasSuffix(".narinfo") {
            let file = directory.file("cache/\(name)")
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("CA: text:sha256:") })
            try (lines.filter { !$0.hasPrefix("CA: ") }.joined(separator: "\n") + "\n")
                .write(toFile: file, atomically: true, encoding: .utf8)
        }
        let doubted = try nix.attempt("nix", ["copy", "--from", url, program])
        #expect(doubted.status != 0)
        try nix.run(
            "nix", ["copy", "--from", url, "--option", "trusted-public-keys", key, program])
        let hash = try nix.run("nix-store", ["--query", "--hash", program]).text
        let info = try #require(try store.database.info(store.storeDirectory.parse(program)))
        #expect(try Digest(parsing: hash) == info.narHash)
        try nix.run("nix-store", ["--verify", "--check-contents"])
    }

    @Test(arguments: ["none", "xz", "zstd", "bzip2", "gzip"])
    func weTakeWhatNixGave(compression: String) async throws {
        try nix.shell("mkdir tree; printf x > tree/a; chmod 755 tree/a; ln -s a tree/b")
        let tree = try nix.run("nix-store", ["--add", "\(nix.directory)/tree"]).text
        let url = "file://\(nix.directory)/cache"
        try nix.run("nix", ["copy", "--to", url + "?compression=\(compression)", tree])
        try await run("copy", "--from", url, tree, root: "other")
        try await run("verify", "--check-contents", root: "other")
        try await run("cache", "verify", "\(nix.directory)/cache")
        // And more can be given there.
        try await run("copy", "--to", url, program)
        try await run("cache", "verify", "\(nix.directory)/cache")
        try nix.run("nix", ["copy", "--from", url, program])
    }
}
