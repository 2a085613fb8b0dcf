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
        let other = try LoopbackServer { _ in .init(200, body: body) }
        let target = other.url("/b")
        let server = try LoopbackServer { _ in .init(302, headers: ["Location: \(target)"]) }
        _ = try fixture.download(["http://user:geheim@127.0.0.1:\(server.port)/a"])
        #expect(server.requests.first?.headers["authorization"] != nil)
        #expect(other.requests.map(\.path) == ["/b"])
        #expect(other.requests.first?.headers["authorization"] == nil)
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
