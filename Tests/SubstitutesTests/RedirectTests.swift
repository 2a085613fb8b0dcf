import Primitives
import Substitutes
import TestSupport
import Testing

@Suite("Redirects")
struct RedirectTests {
    let fixture = try? DownloadFixture()

    @Test(arguments: [301, 302, 303, 307, 308])
    func `ten are followed, relative ones too`(status: Int) throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            request.number < 10
                ? .init(status, headers: ["Location: \(request.number + 1)"], body: [1])
                : .init(200, body: body)
        }
        _ = try fixture.download([server.url("/0")])
        #expect(server.requests.map(\.path) == (0...10).map { "/\($0)" })
    }

    @Test func `a loop ends`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(302, headers: ["Location: /a"]) }
        let attempts = try fixture.failures([server.url("/a")])
        #expect(attempts.map(\.failure) == [.tooManyRedirects(limit: 10)])
        #expect(server.requests.count == 11)
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/", "data:,x"])
    func `other schemes are not followed`(target: String) throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(302, headers: ["Location: \(target)"]) }
        let attempts = try fixture.failures([server.url("/a")])
        guard case .redirectRefused = attempts.first?.failure else {
            Issue.record("unexpected \(attempts)")
            return
        }
        #expect(!fixture.hasDestination)
    }

    @Test func `credentials stay with their server`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        // Two servers behind a proxy: of this machine, a redirect reaches nothing.
        let proxy = try LoopbackServer { request in
            request.path == "http://one.example/a"
                ? .init(302, headers: ["Location: http://two.example/b"]) : .init(200, body: body)
        }
        var request = try fixture.request([])
        request.sources = [
            DownloadSource(
                try DownloadURL(parsing: "http://user:geheim@one.example/a"),
                proxy: .through(try DownloadURL(parsing: proxy.url(""))))
        ]
        _ = try Downloader(policy: fixture.policy).download(request)
        #expect(proxy.requests.map(\.path) == ["http://one.example/a", "http://two.example/b"])
        #expect(proxy.requests.first?.headers["authorization"] != nil)
        #expect(proxy.requests.last?.headers["authorization"] == nil)
    }

    @Test func `servers of this machine are reached only where they are named`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let secret = try LoopbackServer { _ in .init(200, body: body) }
        let target = secret.url("/secret")
        let server = try LoopbackServer { request in
            request.path == "/out"
                ? .init(302, headers: ["Location: \(target)"])
                : LoopbackServer.Response(200, body: body).broken(after: body.count, .open)
        }
        let refused = [DownloadFailure.addressRefused("127.0.0.1")]
        #expect(try fixture.failures([server.url("/out")]).map(\.failure) == refused)
        fixture.isNamed = false
        #expect(try fixture.failures([server.url("/a")]).map(\.failure) == refused)
        #expect(try fixture.failures(["file:///etc/passwd"]).map(\.failure) == [.fileRefused])
        #expect(secret.requests.isEmpty)
        #expect(server.requests.map(\.path) == ["/out"])
        // A connection that was made for a named source is not used for another.
        var request = try fixture.request([server.url("/a")], digest: .hash("another"))
        request.sources.insert(
            DownloadSource(
                try DownloadURL(parsing: server.url("/a")), proxy: .direct, isNamed: true), at: 0)
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: fixture.policy).download(request)
        }
        #expect(try #require(error).description.contains("refused to connect to 127.0.0.1"))
    }

    @Test func `a refused target shows no credentials and no control characters`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in
            .init(302, headers: ["Location: ftp://u:geheim@h/\u{1b}[31m?geheim"])
        }
        let attempts = try fixture.failures([server.url("/a")])
        let shown = attempts.map(\.description).joined()
        #expect(!shown.contains("geheim"))
        #expect(!shown.unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test func `a redirect without a target is a failure`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(302) }
        #expect(try fixture.failures([server.url("/a")]).map(\.failure) == [.status(302)])
    }
}
