import Foundation
import TestSupport
import Testing

/// URLs where a file or directory of this machine is expected: nothing may be made under their names.
@Suite struct URLArgumentTests {
    @Test(arguments: [
        "file:///cache", "file:/cache", "http://cache.example", "https://cache.example/x",
        "s3://bucket", "ssh://host", "ssh-ng://host", "FILE:cache", "unix:///run/socket",
    ]) func aURLIsNoDirectory(url: String) throws {
        let store = try StoreFixture(withTools: false)
        let item = try store.succeed("add", store.binary).lines[0]
        let folder = store.directory.file("folder")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for arguments in [
            ["--root", url, "add", store.binary], ["--root=\(url)", "query", "roots"],
            ["--store-dir", url, "add", store.binary], ["--state-dir", url, "add", store.binary],
            ["instantiate", "seeds", "-o", url], ["realise", item, "--add-root", url],
            ["sources", "--write-mirror", url, item], ["restore", url],
            ["key", "generate", "name-1", url], ["audit", "report", "--output", url, item],
        ] {
            // The store first: options of one command may stand before its name.
            let result = try ChildProcess(
                ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, store.binary]
                    + ["--root", store.root] + arguments, environment: store.environment
            ).wait()
            #expect(result.status == 2, "\(arguments): \(result.error)")
            #expect(result.output.isEmpty)
            #expect(result.error.contains("this is a URL"), "\(arguments): \(result.error)")
            #expect(result.error.contains("'./\(url)'"), "\(arguments): \(result.error)")
        }
        let variable = try ChildProcess(
            ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, store.binary]
                + ["add", store.binary],
            environment: store.environment.merging(["NODEOS_ROOT": url]) { $1 }
        ).wait()
        #expect(variable.status == 2)
        #expect(variable.error.contains("NODEOS_ROOT"), "\(variable.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    /// `copy` takes the URLs of caches and of other machines, and no others.
    @Test(arguments: [
        "file:/cache", "FILE:cache", "ssh-ng://host", "unix:///run/socket", "ftp://h/x",
    ])
    func copyKnowsSomeURLs(url: String) throws {
        let store = try StoreFixture(withTools: false)
        let item = try store.succeed("add", store.binary).lines[0]
        for option in ["--to", "--from"] {
            let result = try store.run("copy", option, url, item)
            #expect(result.status == 2, "\(result.error)")
            #expect(result.error.contains("none of file://, http://, https://, s3://"))
            #expect(result.error.contains("'./\(url)'"))
        }
    }

    @Test func wordsThatNixHasForStoresAreNone() throws {
        let store = try StoreFixture(withTools: false)
        let item = try store.succeed("add", store.binary).lines[0]
        for word in ["auto", "daemon", "local"] {
            let result = try store.run("copy", "--to", word, item)
            #expect(result.status == 2)
            #expect(result.error.contains("'./\(word)'"), "\(result.error)")
        }
    }

    /// What only looks like one, and what is said to be a file.
    @Test func directoriesWithColons() throws {
        let store = try StoreFixture(withTools: false)
        let item = try store.succeed("add", store.binary).lines[0]
        let folder = store.directory.file("folder")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for target in ["./file:x", "c:", "2024:backup", folder + "/ab:c"] {
            let result = try ChildProcess(
                ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, store.binary]
                    + ["--root", store.root, "copy", "--to", target, item],
                environment: store.environment
            ).wait()
            #expect(result.status == 0, "\(target): \(result.error)")
        }
    }
}
