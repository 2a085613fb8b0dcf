import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `builtin:fetchurl` and `builtin:unpack` through the command, from servers that lie.
@Suite(.timeLimit(.minutes(40))) struct DownloadTests {
    private let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    private func unpack(_ store: inout StoreFixture, _ name: String, _ source: StoreFixture.Item)
        throws -> StoreFixture.Item
    {
        let sources: [StorePath: Set<String>] = [source.path: ["out"]]
        return try store.add(
            Derivation(
                name: name, outputs: ["out": .deferred], inputDerivations: sources,
                system: "builtin", builder: "builtin:unpack",
                environment: ["name": ByteString(name), "srcs": ByteString(source.output())]))
    }

    @Test func aFileIsFetchedAndItsOriginIsNotInItsPath() throws {
        let server = try LoopbackServer { [body] in .ranged(body, for: $0) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body), size: body.count)
        try store.realise(item)
        let bytes = try Data(contentsOf: URL(filePath: store.real(item.output())))
        #expect([UInt8](bytes) == body)
        #expect(server.requests.count == 1)
        #expect(store.scratch() == [])
        // Another URL: the same output, so nothing is fetched. (Else it is compared: OriginTests.)
        let other = try store.fetch("file", [server.url("/other")], .hash(body), size: body.count)
        #expect(other.drv != item.drv)
        try store.realise(other, "--assume-fixed")
        #expect(server.requests.count == 1)
    }

    @Test func aTamperedFileIsRefusedUntilItIsRight() throws {
        let tampered = Array(body.reversed())
        let server = try LoopbackServer { [body] in
            .init(body: $0.number < 2 ? tampered : body)
        }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body))
        for _ in 0..<2 {
            let message = try store.failure(102, item.drv)
            #expect(message.contains(Digest.hash(body).sri))
            #expect(message.contains(Digest.hash(tampered).sri))
            #expect(message.contains(server.url("/file")))
            #expect(try !store.isValid(item.output()))
            #expect(try store.strays() == [])
        }
        try store.realise(item)
        #expect(store.scratch() == [])
    }

    @Test func theNextSourceIsTriedWhenOneIsGone() throws {
        let server = try LoopbackServer { [body] request in
            switch request.path {
            case "/gone": .init(404)
            case "/tampered": .init(body: Array(body.dropFirst()))
            default: .init(body: body)
            }
        }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch(
            "file", ["/gone", "/tampered", "/good"].map(server.url), .hash(body))
        try store.realise(item)
        #expect(server.requests.map(\.path) == ["/gone", "/tampered", "/good"])
        #expect(try store.succeed("log", item.drv).output.contains("/gone"))
    }

    @Test func whenEverySourceFailsAllAreNamed() throws {
        let server = try LoopbackServer { _ in .init(404) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", ["/one", "/two"].map(server.url), .hash(body))
        let message = try store.failure(100, item.drv)
        #expect(message.contains(server.url("/one")) && message.contains(server.url("/two")))
        #expect(store.scratch() == [])
    }

    @Test func aServerThatLiesOnTheSize() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body + body) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body), size: body.count)
        let result = try store.start(["realise", item.drv]).wait()
        #expect(result.status != 0)
        #expect(
            result.error.contains("size mismatch: expected \(body.count) bytes"),
            "\(result.error)")
        #expect(try !store.isValid(item.output()))
    }

    @Test func aServerThatBreaksOffIsAskedForTheRest() throws {
        let server = try LoopbackServer { [body] request in
            let answer = LoopbackServer.Response.ranged(body, for: request)
            return request.number == 0 ? answer.broken(after: 100_000, .close) : answer
        }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body))
        try store.realise(item)
        #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
    }

    @Test func mirrorsAreFoundByName() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", ["mirror://testing/pool/file"], .hash(body))
        let message = try store.failure(1, item.drv)
        #expect(message.contains("testing") && message.contains("--mirror"))
        try store.realise(item, "--mirror", "testing=\(server.url("/base"))")
        #expect(server.requests.map(\.path) == ["/base/pool/file"])
        let second = try store.fetch("second", ["mirror://testing/pool/file"], .hash(body))
        let running = try store.start(
            ["realise", second.drv], adding: ["NODEOS_MIRROR_TESTING": server.url("/variable/")])
        #expect(try running.wait().status == 0)
        #expect(server.requests.last?.path == "/variable/pool/file")
    }

    @Test func sourcesAreFoundByTheirHash() throws {
        let server = try LoopbackServer { _ in .init(404) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/gone")], .hash("text"))
        let mirror = "mirror/sha256/\(Digest.hash("text").base16)"
        try store.directory.write("text", to: mirror)
        try store.realise(item, "--source-mirror", store.directory.file("mirror"))
        #expect(try store.contents(item.output()) == "text")
    }

    @Test func credentialsAreNotShown() throws {
        let server = try LoopbackServer { _ in .init(404) }
        var store = try StoreFixture(withTools: false)
        let url = "http://user:secret@127.0.0.1:\(server.port)/file?token=secret"
        let item = try store.fetch("file", [url], .hash("x"))
        #expect(try !store.failure(100, item.drv).contains("secret"))
        #expect(try !store.succeed("log", item.drv).output.contains("secret"))
    }

    @Test func anArchiveIsUnpacked() throws {
        let archive = Tar.archive([("top/file", "text\n"), ("top/deep/other", "other\n")])
        let server = try LoopbackServer { _ in .init(body: archive) }
        var store = try StoreFixture(withTools: false)
        let source = try store.fetch("a.tar", [server.url("/a.tar")], .hash(archive))
        let item = try unpack(&store, "tree", source)
        try store.realise(item)
        #expect(try store.contents(item.output() + "/top/file") == "text\n")
        #expect(try store.run("query", "references", item.output()).lines == [])
    }

    @Test(arguments: ["../x", "/x", "a/../../x", "a/./../../x"])
    func anArchiveThatClimbsOutIsRefused(name: String) throws {
        let archive = Tar.archive([("fine", "text\n"), (name, "evil\n")])
        let server = try LoopbackServer { _ in .init(body: archive) }
        var store = try StoreFixture(withTools: false)
        let source = try store.fetch("a.tar", [server.url("/a.tar")], .hash(archive))
        let item = try unpack(&store, "tree", source)
        let message = try store.failure(100, item.drv)
        #expect(message.contains("refused entry") && message.contains(name))
        #expect(try !store.isValid(item.output()))
        #expect(try store.strays() == [])
        #expect(store.scratch() == [])
    }

    @Test func anArchiveThatIsCutOffIsRefused() throws {
        let archive = Array(
            Tar.archive([("file", String(repeating: "x", count: 5000))]).prefix(3000))
        let server = try LoopbackServer { _ in .init(body: archive) }
        var store = try StoreFixture(withTools: false)
        let source = try store.fetch("a.tar", [server.url("/a.tar")], .hash(archive))
        let item = try unpack(&store, "tree", source)
        #expect(try store.failure(100, item.drv).contains("cannot read archive"))
    }

    @Test func manyAreFetchedAtOnce() throws {
        let server = try LoopbackServer { request in
            usleep(200_000)
            return .init(body: Array(request.path.utf8))
        }
        var store = try StoreFixture(withTools: false)
        var arguments = ["realise", "--downloads", "6"]
        for number in 0..<12 {
            let path = "/\(number)"
            let item = try store.fetch("file-\(number)", [server.url(path)], .hash(path))
            arguments.append(item.drv)
        }
        let result = try store.start(arguments).wait()
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines.count == 12)
    }

    @Test func aProgramIsFetchedByTheHashOfItsNAR() throws {
        var store = try StoreFixture(withTools: false)
        let file = try store.directory.write("#!/bin/sh\n", to: "program", mode: 0o755)
        let hash = try store.succeed("hash", "--type", "sha256", "--sri", file).lines[0]
        let digest = try Digest(parsing: hash)
        let item = try store.add(
            Derivation(
                name: "program",
                outputs: ["out": try StoreFixture.fixed("program", digest, .recursive)],
                system: "builtin", builder: "builtin:fetchurl",
                environment: [
                    "name": "program", "url": ByteString("file://" + file), "executable": "1",
                ]))
        try store.realise(item)
        #expect(FileManager.default.isExecutableFile(atPath: store.real(item.output())))
        try store.directory.write("#!/bin/false\n", to: "program", mode: 0o755)
        var other = try StoreFixture(withTools: false)
        let again = try other.add(item.derivation)
        #expect(try other.failure(102, again.drv).contains("specified: \(digest.sri)"))
    }
}
