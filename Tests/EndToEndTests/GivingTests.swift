import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `copy --to` and `--from` a binary cache in a directory.
@Suite(.timeLimit(.minutes(40))) struct GivingTests {
    /// A store with files that refer to each other in a chain, the last first, and somebody else's without.
    struct Scene {
        let store: StoreFixture
        let user: StoreFixture
        let paths: [String]
        let secret: String
        let key: String
        var cache: String { store.directory.file("cache") }
        var url: String { "file://" + cache }

        init(count: Int = 3) throws {
            store = try StoreFixture(withTools: false)
            user = try StoreFixture(withTools: false)
            var paths: [String] = []
            let file = store.directory.file("stream")
            var stream: [UInt8] = []
            for index in 0..<count {
                let path = try Self.path("chain-\(index)", index)
                stream += try Self.item(path, refersTo: paths.first, index)
                paths.insert(path, at: 0)
            }
            try Data(stream + Self.number(0)).write(to: URL(filePath: file))
            let imported = try ChildProcess(
                [
                    "/bin/sh", "-c", "\"$0\" --root \"$1\" import < \"$2\"", store.binary,
                    store.root, file,
                ],
                environment: store.environment
            ).wait()
            #expect(imported.status == 0, "\(imported.error)")
            self.paths = paths
            secret = store.directory.file("secret")
            key = try store.succeed("key", "generate", "cache-1", secret).lines[0]
        }

        private static func path(_ name: String, _ index: Int) throws -> String {
            let digest = Digest.hash("\(name)")
            return "/nodeos/store/\(digest.nix32.prefix(32))-\(name)"
        }

        /// An item of an export stream: a file that names another path.
        private static func item(
            _ path: String, refersTo reference: String?, _ index: Int
        ) throws -> [UInt8] {
            var contents = "\(path) refers to \(reference ?? "nothing")\n"
            // Something to compress, and to be busy with.
            contents += String(repeating: "\(index) ", count: 4000)
            var bytes = number(1)
            for word in ["nix-archive-1", "(", "type", "regular", "contents", contents, ")"] {
                bytes += text(word)
            }
            bytes += number(0x4558_494e) + text(path)
            bytes += number(reference == nil ? 0 : 1) + (reference.map(text) ?? [])
            return bytes + text("") + number(0)
        }

        private static func number(_ value: UInt64) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }

        private static func text(_ text: String) -> [UInt8] {
            let bytes = Array(text.utf8)
            return number(UInt64(bytes.count)) + bytes
                + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
        }

        func narInfo(_ path: String) throws -> NarInfo {
            let part = try StoreDirectory.nodeos.parse(path).hashPart
            let bytes = try Data(contentsOf: URL(filePath: "\(cache)/\(part).narinfo"))
            return try NarInfo(parsing: Array(bytes), in: .nodeos)
        }

        func isThere(_ path: String) throws -> Bool {
            let part = try StoreDirectory.nodeos.parse(path).hashPart
            return FileManager.default.fileExists(atPath: "\(cache)/\(part).narinfo")
        }

        func incoming() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "\(cache)/.incoming")
        }
    }

    @Test(arguments: ["zstd", "xz", "gzip", "none"])
    func closuresGoThereAndBack(compression: String) throws {
        let scene = try Scene()
        let given = try scene.store.succeed(
            "copy", "--to", scene.url, "--sign", scene.secret, "--compression", compression,
            scene.paths[0])
        #expect(given.lines == scene.paths.reversed())
        #expect(given.error.contains("to copy: 3 paths"), "\(given.error)")
        #expect(given.error.contains("copied 3 paths"), "\(given.error)")
        #expect(try scene.incoming() == [])
        for path in scene.paths {
            let narInfo = try scene.narInfo(path)
            #expect(narInfo.compression == compression)
            let file = try Data(
                contentsOf: URL(filePath: "\(scene.cache)/\(narInfo.url)"))
            #expect(narInfo.fileSize == UInt64(file.count))
            #expect(narInfo.fileHash == Digest.hash(Array(file)))
            #expect(narInfo.info.signatures.count == 1)
        }
        let verified = try scene.store.succeed(
            "cache", "verify", "--trusted-key", scene.key, scene.cache)
        #expect(verified.output == "")
        #expect(verified.error.contains("3 paths: no damage"))
        // Nobody believes the key: nothing is taken.
        let doubted = try scene.user.run("copy", "--from", scene.url, scene.paths[0])
        #expect(doubted.status == 1)
        #expect(doubted.error.contains("not signed by a trusted key"), "\(doubted.error)")
        #expect(try !scene.user.isValid(scene.paths[0]))
        let taken = try scene.user.succeed(
            "copy", "--from", scene.url, "--trusted-key", scene.key, scene.paths[0])
        #expect(Set(taken.lines) == Set(scene.paths))
        for path in scene.paths {
            #expect(try scene.user.contents(path) == scene.store.contents(path))
        }
        try scene.user.succeed("verify", "--check-contents")
        #expect(
            try scene.user.succeed(
                "copy", "--from", scene.url, "--trusted-key", scene.key, scene.paths[0]
            ).lines == [])
    }

    @Test func onlyWhatIsMissingIsGiven() throws {
        let scene = try Scene()
        try scene.store.succeed("copy", "--to", scene.url, scene.paths[1])
        let first = try scene.narInfo(scene.paths[1])
        let rest = try scene.store.succeed(
            "copy", "--to", scene.url, "--compression", "xz", scene.paths[0])
        #expect(rest.lines == [scene.paths[0]])
        #expect(rest.error.contains("2 there already"), "\(rest.error)")
        #expect(try scene.narInfo(scene.paths[1]) == first)
        #expect(
            try scene.store.succeed("copy", "--to", scene.url, "--json", scene.paths[0]).output
                .contains("\"paths\": []"))
        // A signature that is new goes to what is there; its NAR stays.
        let signed = try scene.store.succeed(
            "copy", "--to", scene.url, "--sign", scene.secret, scene.paths[0])
        #expect(signed.lines == [])
        #expect(signed.error.contains("3 others signed"), "\(signed.error)")
        #expect(try scene.narInfo(scene.paths[1]).url == first.url)
        try scene.user.succeed(
            "copy", "--from", scene.url, "--trusted-key", scene.key, scene.paths[0])
    }

    @Test func unsignedIsTakenWhenItIsSaid() throws {
        let scene = try Scene()
        try scene.store.succeed("copy", "--to", scene.url, scene.paths[0])
        try scene.user.succeed("copy", "--from", scene.url, "--no-check-sigs", scene.paths[0])
        try scene.user.succeed("verify", "--check-contents")
    }

    /// Killed at any moment, the cache has nothing that is not whole, and the next run goes on.
    @Test func aKilledCopyGoesOn() throws {
        let scene = try Scene(count: 300)
        var published = 0
        for attempt in 1...4 {
            let run = try scene.store.start([
                "copy", "--to", scene.url, "--compression", "xz", "--compression-level", "9",
                scene.paths[0],
            ])
            try waitUntil("something is published", limit: 90) {
                let names =
                    (try? FileManager.default.contentsOfDirectory(atPath: scene.cache)) ?? []
                return try names.count { $0.hasSuffix(".narinfo") } > published || run.hasEnded()
            }
            run.send(SIGKILL)
            _ = try run.wait()
            let names = try FileManager.default.contentsOfDirectory(atPath: scene.cache)
            let now = names.count { $0.hasSuffix(".narinfo") }
            #expect(now >= published)
            published = now
            let verified = try scene.store.run("cache", "verify", scene.cache)
            #expect(verified.status == 0, "attempt \(attempt): \(verified.output)")
        }
        try scene.store.succeed("copy", "--to", scene.url, scene.paths[0])
        #expect(try scene.incoming() == [])
        let verified = try scene.store.succeed("cache", "verify", scene.cache)
        #expect(verified.error.contains("300 paths: no damage"), "\(verified.error)")
    }

    /// What was altered here goes nowhere, and neither does what refers to it.
    @Test func alteredPathsAreNotGiven() throws {
        let scene = try Scene()
        let file = scene.store.real(scene.paths[1])
        #expect(unsafe chmod(file, 0o644) == 0)
        try "something else".write(toFile: file, atomically: false, encoding: .utf8)
        let result = try scene.store.run("copy", "--to", scene.url, scene.paths[0])
        #expect(result.status == 1)
        #expect(result.error.contains(scene.paths[1].split(separator: "/").last ?? "?"))
        #expect(try !scene.isThere(scene.paths[1]))
        #expect(try !scene.isThere(scene.paths[0]))
        #expect(try scene.incoming() == [])
        #expect(try scene.store.run("cache", "verify", scene.cache).status == 0)
    }

    /// A directory that is something else, or of another store, stays as it is.
    @Test func otherDirectoriesAreRefused() throws {
        let scene = try Scene()
        let files = FileManager.default
        try files.createDirectory(atPath: scene.cache, withIntermediateDirectories: true)
        try "mine".write(
            toFile: scene.cache + "/letter", atomically: true, encoding: .utf8)
        let foreign = try scene.store.run("copy", "--to", scene.url, scene.paths[0])
        #expect(foreign.status == 1)
        #expect(foreign.error.contains("'letter'"), "\(foreign.error)")
        #expect(try files.contentsOfDirectory(atPath: scene.cache) == ["letter"])
        for command in ["verify", "gc"] {
            let result = try scene.store.run("cache", command, scene.cache)
            #expect(result.status == 1)
            #expect(result.error.contains("nix-cache-info"), "\(result.error)")
        }
        try "StoreDir: /nix/store\n".write(
            toFile: scene.cache + "/nix-cache-info", atomically: true, encoding: .utf8)
        let other = try scene.store.run("copy", "--to", scene.url, scene.paths[0])
        #expect(other.status == 1)
        #expect(other.error.contains("is of the store '/nix/store'"), "\(other.error)")
    }

    @Test func optionsThatMeanNothingAreRefused() throws {
        let scene = try Scene()
        for arguments in [
            ["--to", scene.user.root, "--sign", scene.secret],
            ["--from", scene.url, "--compression", "xz"],
            ["--to", scene.url, "--compression", "rar"],
            ["--to", scene.url, "--compression-level", "20"],
            ["--to", scene.url, "--compression", "xz", "--compression-level", "10"],
            ["--to", scene.url, "--trusted-key", scene.key],
            ["--to", scene.url, "--from", scene.url],
        ] {
            let result = try scene.store.start(["copy"] + arguments + [scene.paths[0]]).wait()
            #expect(result.status == 2, "\(arguments): \(result.error)")
        }
        #expect(unsafe chmod(scene.secret, 0o644) == 0)
        let exposed = try scene.store.run(
            "copy", "--to", scene.url, "--sign", scene.secret, scene.paths[0])
        #expect(exposed.status == 1)
        #expect(exposed.error.contains("others than its owner"))
    }

    // MARK: What is built

    @Test func buildsArePushed() throws {
        var store = try StoreFixture()
        let first = try store.derive("first", "echo first > $out")
        let second = try store.derive("second", "echo \(first.output()) > $out", inputs: [first])
        let cache = store.directory.file("cache")
        let secret = store.directory.file("secret")
        let key = try store.succeed("key", "generate", "cache-1", secret).lines[0]
        let built = try store.succeed(
            "realise", "--push", "file://\(cache)", "--sign", secret, second.drv)
        #expect(built.lines == [second.output()])
        #expect(built.error.contains("pushed 2 paths to"), "\(built.error)")
        let verified = try store.succeed("cache", "verify", "--trusted-key", key, cache)
        #expect(verified.error.contains("2 paths: no damage"))
    }

    /// A cache that cannot be used, and a build that fails: what was built is there, and given.
    @Test func aPushFailsNoBuild() throws {
        var store = try StoreFixture()
        let first = try store.derive("first", "echo first > $out")
        let built = try store.succeed(
            "realise", "--push", "file://\(store.binary)/cache", first.drv)
        #expect(built.lines == [first.output()])
        #expect(built.error.contains("is not pushed to"), "\(built.error)")
        #expect(built.error.contains("not pushed: \(first.output())"), "\(built.error)")
        let second = try store.derive("second", "echo second > $out")
        let broken = try store.derive("broken", "exit 3", inputs: [second])
        let cache = store.directory.file("cache")
        let failed = try store.run("realise", "--push", "file://\(cache)", broken.drv)
        #expect(failed.status == 100)
        #expect(try store.succeed("cache", "verify", cache).error.contains("1 path: no damage"))
        for arguments in [
            ["realise", "--push", "/mnt/x", second.drv], ["realise", "--sign", "x", second.drv],
            ["realise", "--push", "ssh://host", second.drv],
        ] {
            #expect(try store.start(arguments).wait().status == 2, "\(arguments)")
        }
    }
}
