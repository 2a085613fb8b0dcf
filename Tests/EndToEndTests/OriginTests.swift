import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Downloads that are there, but were fetched for other URLs: fetched again, and compared.
@Suite(.timeLimit(.minutes(40))) struct OriginTests {
    private let body = Array("the bytes\n".utf8)

    private func paths(_ server: LoopbackServer) -> [String] { server.requests.map(\.path) }

    @Test func anotherURLIsFetchedOnceToCompare() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try StoreFixture(withTools: false)
        let one = try store.fetch("file", [server.url("/one")], .hash(body))
        let two = try store.fetch("file", [server.url("/two")], .hash(body))
        let both = try store.fetch("file", [server.url("/two"), server.url("/one")], .hash(body))
        try store.realise(one)
        #expect(try store.succeed("realise", "--dry-run", two.drv).output.contains("file"))
        let result = try store.succeed("realise", two.drv)
        #expect(result.lines == [one.output()])
        #expect(result.error.contains("'file' is named with other URLs than it was fetched for"))
        #expect(paths(server) == ["/one", "/two"])
        for item in [one, two, both] { try store.realise(item) }
        #expect(paths(server) == ["/one", "/two"])
        #expect(store.scratch() == [])
    }

    /// Who changes a version and forgets the hash would get the old bytes for ever.
    @Test func aForgottenHashIsNoticed() throws {
        let server = try LoopbackServer { [body] request in
            .init(body: request.path == "/1.0" ? body : Array("other bytes\n".utf8))
        }
        var store = try StoreFixture()
        let old = try store.fetch("file", [server.url("/1.0")], .hash(body))
        let new = try store.fetch("file", [server.url("/1.1?a=secret")], .hash(body))
        let program = try store.derive("program", "cat \(new.output()) > $out", inputs: [new])
        try store.realise(old)
        for _ in 0..<2 {
            let message = try store.failure(102, program.drv)
            #expect(message.contains("--assume-fixed"))
            #expect(message.contains(Digest.hash("other bytes\n").sri))
        }
        // Nothing was made of the old bytes, which are valid all the same.
        #expect(try !store.isValid(program.output()))
        #expect(try store.isValid(old.output()))
        let before = server.requests.count
        try store.realise(program, "--assume-fixed")
        // What is valid is not looked behind.
        try store.realise(program)
        #expect(server.requests.count == before)
    }

    @Test func queriesCountAndAreNotKept() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try StoreFixture(withTools: false)
        for query in ["?key=secret", "?key=secret", "?key=other"] {
            let item = try store.fetch("file", [server.url("/file" + query)], .hash(body))
            try store.realise(item)
        }
        #expect(server.requests.count == 2)
        let files = try FileManager.default.subpathsOfDirectory(atPath: store.real("/nodeos/var"))
        for file in files {
            let bytes = FileManager.default.contents(atPath: store.real("/nodeos/var/\(file)"))
            #expect(bytes?.firstRange(of: Data("secret".utf8)) == nil, "\(file)")
        }
    }

    /// Which of a mirror's URLs the bytes came from makes no difference.
    @Test func mirrorsMayChange() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", ["mirror://test/pool/file"], .hash(body))
        try store.realise(item, "--mirror", "test=\(server.url("/a"))")
        try store.realise(item, "--mirror", "test=\(server.url("/b"))")
        #expect(paths(server) == ["/a/pool/file"])
        let plain = try store.fetch("file", [server.url("/a/pool/file")], .hash(body))
        try store.realise(plain)
        #expect(paths(server).count == 1)
    }
}
