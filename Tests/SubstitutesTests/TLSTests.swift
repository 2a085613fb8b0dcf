import Foundation
import Primitives
import Substitutes
import TestSupport
import Testing

/// CVE-2024-47174: a builtin fetcher that did not verify TLS. One test at a time: a server started
/// meanwhile would hold the other's pipe open.
@Suite(
    "TLS is verified", .serialized,
    .enabled(if: TLSServer.program != nil, "openssl is not installed"))
struct TLSTests {
    let fixture = try? DownloadFixture()

    private func answer(_ body: [UInt8]) -> [UInt8] {
        Array("HTTP/1.0 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    private func failure(_ url: String, certificates: String?) throws -> DownloadFailure? {
        let fixture = try #require(fixture)
        var policy = fixture.policy
        policy.certificateFile = certificates
        let request = try fixture.request([url])
        do throws(DownloadError) {
            _ = try Downloader(policy: policy).download(request)
            return nil
        } catch .allSourcesFailed(_, let attempts) {
            return attempts.first?.failure
        }
    }

    @Test func `a certificate counts only if it is trusted`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(in: fixture.directory, answer: answer(fixture.body))
        guard case .tls = try failure(server.url, certificates: nil) else {
            Issue.record("an unknown authority was trusted")
            return
        }
        #expect(!fixture.hasDestination)
        #expect(try failure(server.url, certificates: server.certificate) == nil)
        #expect(fixture.contents(fixture.destination) == fixture.body)
    }

    @Test func `a certificate for another name is refused`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(
            in: fixture.directory, names: "DNS:example.org", answer: answer(fixture.body))
        guard case .tls = try failure(server.url, certificates: server.certificate) else {
            Issue.record("another name was accepted")
            return
        }
    }

    @Test func `an expired certificate is refused`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(
            in: fixture.directory, days: -1, answer: answer(fixture.body))
        guard case .tls = try failure(server.url, certificates: server.certificate) else {
            Issue.record("an expired certificate was accepted")
            return
        }
    }

    @Test func `TLS older than 1_2 is refused`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(
            in: fixture.directory, answer: answer(fixture.body),
            options: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
        guard case .tls = try failure(server.url, certificates: server.certificate) else {
            Issue.record("an old protocol was accepted")
            return
        }
    }

    @Test func `https is never left for http`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let plain = try LoopbackServer { _ in .init(200, body: body) }
        let server = try TLSServer(
            in: fixture.directory,
            answer: Array("HTTP/1.0 302 Found\r\nLocation: \(plain.url("/a"))\r\n\r\n".utf8))
        #expect(
            try failure(server.url, certificates: server.certificate)
                == .redirectRefused(to: plain.url("/a")))
        #expect(plain.requests.isEmpty)
    }

    @Test func `http may lead to https, and from there not back`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(in: fixture.directory, answer: answer(fixture.body))
        let target = server.url
        let plain = try LoopbackServer { _ in .init(301, headers: ["Location: \(target)"]) }
        // It is followed as far as another server of this machine may be.
        #expect(
            try failure(plain.url("/a"), certificates: server.certificate)
                == .addressRefused("127.0.0.1"))
    }

    @Test func `certificates that cannot be read are no certificates`() throws {
        let fixture = try #require(fixture)
        let server = try TLSServer(in: fixture.directory, answer: answer(fixture.body))
        guard
            case .tls = try failure(
                server.url, certificates: fixture.directory + "/missing.pem")
        else {
            Issue.record("a missing file of certificates was passed over")
            return
        }
    }
}
