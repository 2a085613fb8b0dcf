import Foundation
import TestSupport
import Testing

/// `publish`, without its server: that is a package of its own, with its own tests (`Server/Tests`).
@Suite struct PublishTests {
    @Test func saysHowToGetItsServer() throws {
        let store = try StoreFixture()
        // Beside the program itself there may be one. Copied by a child: what this process has open for
        // writing, children of other tests have open, too, and nobody can start it.
        let alone = store.directory.file("nodeos-store")
        let result = try ChildProcess(
            [
                "/bin/sh", "-c", "cp \"$1\" \"$2\" && exec \"$2\" --root \"$3\" publish", "sh",
                store.binary, alone, store.root,
            ], environment: store.environment
        ).wait()
        #expect(result.status == 1)
        #expect(result.error.contains("'nodeos-store-publish', the server of 'publish'"))
        #expect(result.error.contains("'make server'"))
    }

    @Test(arguments: [
        (["--listen", "8080"], "HOST:PORT"), (["--listen", "a:b:1"], "HOST:PORT"),
        (["--listen", "unix:"], "HOST:PORT"), (["--tls-key", "x"], "--tls-certificate"),
        (["--compression", "xz", "--compression-level", "10"], "0 to 9"),
        (["--max-connections", "0"], "--max-connections"), (["--jobs", "0"], "--jobs"),
    ]) func badOptions(options: [String], word: String) throws {
        let store = try StoreFixture()
        let result = try store.start(["publish"] + options).wait()
        #expect(result.status == 2)
        #expect(result.error.contains(word), "\(result.error)")
    }

    /// A word that others on this machine can read keeps nobody out.
    @Test func filesOfSecretsAreTheOwners() throws {
        let store = try StoreFixture()
        let file = store.directory.file("tokens")
        try Data("a-token-of-the-first".utf8).write(to: URL(filePath: file))
        for option in ["--token-file", "--sign"] {
            let result = try store.start(["publish", option, file]).wait()
            #expect(result.status == 1)
            #expect(result.error.contains("chmod 600"), "\(result.error)")
        }
    }
}
