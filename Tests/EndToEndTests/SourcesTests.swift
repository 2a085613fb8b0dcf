import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `sources`, and a build without network from what it wrote.
@Suite(.timeLimit(.minutes(40))) struct SourcesTests {
    private let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ $0 >> 7) }

    /// Three downloads, one of them named by two derivations, below two builds.
    private func graph(_ store: inout StoreFixture, _ server: LoopbackServer) throws
        -> (goal: StoreFixture.Item, sources: [StoreFixture.Item])
    {
        let large = try store.fetch("large", [server.url("/large")], .hash(body), size: body.count)
        let small = try store.fetch("small", [server.url("/small")], .hash("small\n"))
        let mirrored = try store.fetch(
            "small", ["http://127.0.0.1:1/small", server.url("/small")], .hash("small\n"))
        let sum = try store.fetch(
            "sum", [server.url("/sum")], .hash(Array("sum\n".utf8), .sha512), size: 4)
        let one = try store.derive("one", "cat \(large.output()) > $out", inputs: [large, small])
        let two = try store.derive(
            "two", "cat \(one.output()) \(mirrored.output()) \(sum.output()) > $out",
            inputs: [one, mirrored, sum])
        return (two, [large, small, sum])
    }

    private func bytes(_ store: StoreFixture, _ item: StoreFixture.Item) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: store.real(item.output()))))
    }

    private func server() throws -> LoopbackServer {
        try LoopbackServer { [body] request in
            switch request.path {
            case "/large": .ranged(body, for: request)
            case "/small", "/2026/small": .init(body: Array("small\n".utf8))
            case "/sum": .init(body: Array("sum\n".utf8))
            default: .init(404)
            }
        }
    }

    /// What nobody gives is told with its hash and with who may have it; a mirror that is named gives it.
    @Test func whatIsNowhereIsToldWithWhoMayHaveIt() throws {
        let server = try server()
        var store = try StoreFixture()
        let lost = try store.fetch(
            "lost", [server.url("/lost"), "mirror://attic/2026/small"], .hash("small\n"))
        let result = try store.start(["realise", lost.drv]).wait()
        #expect(result.status == 100)
        #expect(result.error.contains("/lost: not there"))
        #expect(result.error.contains("\nwanted: \(Digest.hash("small\n").sri)\n"))
        #expect(result.error.contains("--mirror attic=URL"))
        #expect(result.error.contains("'sources --write-mirror DIR' there"))
        try store.succeed("realise", "--mirror", "attic=\(server.url("/"))", lost.drv)
    }

    /// Whose mirror served a download is nobody's business: what others may be given says what the derivation says.
    @Test func whoseMirrorItWasIsNotToldToOthers() throws {
        let server = try server()
        var store = try StoreFixture()
        let gone = "mirror://attic/gone"
        let item = try store.fetch("small", [gone, "mirror://attic/small"], .hash("small\n"))
        let user = try store.derive("user", "cat \(item.output()) > $out", inputs: [item])
        try store.succeed("realise", "--mirror", "attic=\(server.url("/"))", user.drv)
        let log = try store.succeed("log", item.drv).output
        #expect(log.contains("note: mirror://attic/gone: "))
        var texts = [log]
        for command in [["manifest", "--derivations"], ["provenance"], ["sbom"]] {
            let answer = try store.start(["audit"] + command + [user.output()]).wait()
            #expect(answer.status == 0, "\(answer.error)")
            texts.append(answer.output)
        }
        texts.append(try store.succeed("audit", "manifest", item.output()).output)
        for text in texts { #expect(!text.contains("127.0.0.1"), "\(text)") }
        #expect(texts.last?.contains("mirror://attic/") == true)
    }

    @Test func sourcesOfAnyDepthAreListedOnce() throws {
        let server = try server()
        var store = try StoreFixture()
        let (goal, sources) = try graph(&store, server)
        let text = try store.succeed("sources", goal.drv)
        #expect(text.lines.count == 4)
        #expect(text.lines.last == "3 sources, 200.0 kB and 1 of unknown size; 3 not fetched yet")
        #expect(text.output.contains("\(Digest.hash(body).sri)  200000  large  http://"))
        let result = try store.succeed("sources", "--json", goal.drv, sources[0].drv)
        let json = try JSONValue(parsing: Array(result.output.utf8))
        let list = try #require(json["sources"]?.array)
        #expect(list.compactMap { $0["name"]?.string } == ["large", "small", "sum"])
        #expect(list[0]["output"]?.string == sources[0].output())
        #expect(list[0]["mirrorPath"]?.string == "sha256/" + Digest.hash(body).base16)
        #expect(list[1]["urls"]?.array?.count == 2)
        #expect(list[1]["size"] == .null)
        #expect(list[2]["hash"]?.string?.hasPrefix("sha512-") == true)
        #expect(server.requests.isEmpty)
    }

    @Test func fetchedAheadNothingIsAskedLater() throws {
        let server = try server()
        var store = try StoreFixture()
        let (goal, _) = try graph(&store, server)
        let result = try store.succeed("sources", "--fetch", goal.drv)
        #expect(result.lines.last?.hasSuffix("all are here") == true)
        #expect(result.error.contains("to do: 3 fetches"))
        let count = server.requests.count
        try store.realise(goal)
        #expect(server.requests.count == count)
        #expect(try bytes(store, goal) == body + Array("small\nsum\n".utf8))
    }

    @Test func aMirrorIsWholeResumableAndRepaired() throws {
        let server = try server()
        var store = try StoreFixture()
        let (goal, sources) = try graph(&store, server)
        let mirror = store.directory.file("mirror")
        let first = try store.succeed("sources", "--write-mirror", mirror, goal.drv)
        #expect(first.error.contains("3 files written"))
        let file = "\(mirror)/sha256/\(Digest.hash(body).base16)"
        let other = "\(mirror)/sha512/\(Digest.hash(Array("sum\n".utf8), .sha512).base16)"
        #expect(try [UInt8](Data(contentsOf: URL(filePath: file))) == body)
        #expect(FileManager.default.fileExists(atPath: other))
        // A run that was killed, and a file that went bad.
        try Data(body.prefix(10)).write(
            to: URL(filePath: "\(mirror)/sha256/.\(Digest.hash(body).base16).partial"))
        try Data("evil".utf8).write(to: URL(filePath: file))
        try FileManager.default.removeItem(atPath: other)
        let again = try store.succeed("sources", "--write-mirror", mirror, goal.drv)
        #expect(again.error.contains("2 files written") && again.error.contains("1 were there"))
        #expect(try [UInt8](Data(contentsOf: URL(filePath: file))) == body)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: mirror + "/sha256").count == 2)
        // What went bad in the store gets into no mirror.
        try FileManager.default.removeItem(atPath: file)
        let real = store.real(sources[0].output())
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: real)
        try Data("evil".utf8).write(to: URL(filePath: real))
        let bad = try store.run("sources", "--write-mirror", mirror, goal.drv)
        #expect(bad.status == 102 && bad.error.contains("hash mismatch"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func theBuildRunsFromTheMirrorWithTheNetworkOff() throws {
        let server = try server()
        var store = try StoreFixture()
        let (goal, _) = try graph(&store, server)
        let mirror = store.directory.file("mirror")
        try store.succeed("sources", "--write-mirror", mirror, goal.drv)
        let bubblewrap = ["bwrap", "--unshare-net", "--dev-bind", "/", "/"]
        let environment = store.environment
        guard
            try ChildProcess(bubblewrap + ["true"], environment: environment).wait().status == 0
        else { try Test.cancel("bubblewrap cannot make a network namespace here") }
        // Another store that has the derivations only.
        var fresh = try StoreFixture()
        let (same, _) = try graph(&fresh, server)
        #expect(same.drv == goal.drv)
        let count = server.requests.count
        let command =
            bubblewrap + [
                fresh.binary, "--root", fresh.root, "realise", same.drv,
            ]
        let without = try ChildProcess(command, environment: environment).wait()
        #expect(without.status != 0)
        let with = try ChildProcess(
            command + ["--source-mirror", mirror], environment: environment
        ).wait()
        #expect(with.status == 0, "\(with.error)")
        #expect(server.requests.count == count)
        #expect(try bytes(fresh, same) == body + Array("small\nsum\n".utf8))
    }

    @Test func whatNoMirrorCanServeIsSaid() throws {
        var store = try StoreFixture()
        let file = store.directory.file("tool")
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: file))
        let added = try store.succeed("hash", file)
        let digest = try Digest(parsing: added.lines[0], algorithm: .sha256)
        let item = try store.add(
            Derivation(
                name: "tool",
                outputs: ["out": try StoreFixture.fixed("tool", digest, .recursive)],
                system: "builtin", builder: "builtin:fetchurl",
                environment: ["name": "tool", "url": ByteString("file://" + file)]))
        let result = try store.succeed(
            "sources", "--write-mirror", store.directory.file("mirror"), item.drv)
        #expect(result.error.contains("no mirror can serve it"))
    }
}
