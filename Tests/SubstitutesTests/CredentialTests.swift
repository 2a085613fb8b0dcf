import Substitutes
import TestSupport
import Testing

@Suite("Credentials and proxies")
struct CredentialTests {
    let fixture = try? DownloadFixture()

    @Test func `credentials are sent and never shown`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(403) }
        let url = "http://user:geheim@127.0.0.1:\(server.port)/a?token=geheim"
        let error = #expect(throws: DownloadError.self) {
            try fixture.download([url])
        }
        // "user:geheim" in base64.
        #expect(server.requests.first?.headers["authorization"] == "Basic dXNlcjpnZWhlaW0=")
        #expect(server.requests.first?.path == "/a?token=geheim")
        let shown = try #require(error).description
        #expect(!shown.contains("geheim"))
        #expect(shown.contains("http://***@127.0.0.1:\(server.port)/a?…: the server refuses"))
    }

    @Test func `a bad proxy address is not shown with its password`() throws {
        let fixture = try #require(fixture)
        var request = try fixture.request(["http://127.0.0.1:1/a"])
        for address in ["bogus://user:geheim@127.0.0.1:1", "http://user:geheim@127.0.0.1:1"] {
            request.sources = [
                DownloadSource(
                    try DownloadURL(parsing: "http://example.org/a"),
                    proxy: .through(try DownloadURL(parsing: address)))
            ]
            let error = #expect(throws: DownloadError.self) {
                try Downloader(policy: fixture.policy).download(request)
            }
            #expect(try #require(error).description.contains("geheim") == false)
        }
    }

    @Test func `a proxy is asked for the whole URL`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { _ in .init(200, body: body) }
        var request = try fixture.request([])
        request.sources = [
            DownloadSource(
                try DownloadURL(parsing: "http://mirror.example.org/a"),
                proxy: .through(try DownloadURL(parsing: server.url(""))))
        ]
        _ = try Downloader(policy: fixture.policy).download(request)
        #expect(server.requests.map(\.path) == ["http://mirror.example.org/a"])
    }

    @Test func `a netrc file is read only when it is named`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            .init(request.headers["authorization"] == nil ? 401 : 200, body: body)
        }
        let netrc = fixture.directory + "/netrc"
        try fixture.write(
            Array("machine 127.0.0.1 login user password geheim\n".utf8), to: netrc)
        #expect(
            try fixture.failures([server.url("/a")]).map(\.failure) == [.refused(status: 401)])
        var policy = fixture.policy
        policy.netrcFile = netrc
        _ = try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        // "user:geheim" in base64.
        #expect(server.requests.last?.headers["authorization"] == "Basic dXNlcjpnZWhlaW0=")
    }
}
