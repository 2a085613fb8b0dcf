import Foundation
import Primitives
import Substitutes
import TestSupport
import Testing

@Suite("Going on where a download broke off")
struct ResumeTests {
    let fixture = try? DownloadFixture()

    @Test(arguments: [LoopbackServer.Ending.close, .reset])
    func `a broken answer is continued with a range`(ending: LoopbackServer.Ending) throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            let response = LoopbackServer.Response.ranged(
                body, for: request, headers: ["ETag: \"v1\""])
            return request.number == 0 ? response.broken(after: 120_000, ending) : response
        }
        let result = try fixture.download([server.url("/a")], size: 300_000)
        #expect(result.digest == fixture.digest)
        #expect(fixture.contents(fixture.destination) == body)
        #expect(server.requests.count == 2)
        // A reset may drop bytes that were on their way.
        if case .close = ending { #expect(server.requests.last?.rangeStart == 120_000) }
        if server.requests.last?.rangeStart != nil {
            #expect(server.requests.last?.headers["if-range"] == "\"v1\"")
        }
    }

    @Test func `a weak tag is not used for If-Range`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            let response = LoopbackServer.Response.ranged(
                body, for: request, headers: ["ETag: W/\"v1\""])
            return request.number == 0 ? response.broken(after: 120_000, .close) : response
        }
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.last?.rangeStart == 120_000)
        #expect(server.requests.last?.headers["if-range"] == nil)
    }

    @Test func `an earlier run's bytes are continued`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write(Array(body[..<200_000]), to: fixture.partial)
        let server = try LoopbackServer { .ranged(body, for: $0) }
        let result = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [200_000])
        #expect(result.resumedBytes == 200_000)
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `a killed run is continued from its partial file by another source`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let broken = try LoopbackServer { request in
            LoopbackServer.Response.ranged(body, for: request).broken(after: 50_000, .close)
        }
        var policy = fixture.policy
        policy.maximumTries = 1
        #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(fixture.request([broken.url("/a")]))
        }
        #expect(fixture.contents(fixture.partial) == Array(body[..<50_000]))
        let server = try LoopbackServer { .ranged(body, for: $0) }
        _ = try fixture.download([server.url("/b")])
        #expect(server.requests.map(\.rangeStart) == [50_000])
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `a whole partial file needs no request`() throws {
        let fixture = try #require(fixture)
        try fixture.write(fixture.body, to: fixture.partial)
        let server = try LoopbackServer { _ in .init(500) }
        let result = try fixture.download([server.url("/a")])
        #expect(result.url == nil)
        #expect(server.requests.isEmpty)
        #expect(fixture.contents(fixture.destination) == fixture.body)
    }

    @Test func `a server that ignores ranges starts the file anew`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write(Array(body[..<200_000]), to: fixture.partial)
        let server = try LoopbackServer { _ in .init(200, body: body) }
        let result = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [200_000])
        #expect(result.resumedBytes == 0)
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `a poisoned partial file costs one more try from zero`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write([UInt8](repeating: 7, count: 1000), to: fixture.partial)
        let server = try LoopbackServer { .ranged(body, for: $0) }
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [1000, nil])
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `poison and a wrong server end after that one try`() throws {
        let fixture = try #require(fixture)
        try fixture.write([UInt8](repeating: 7, count: 1000), to: fixture.partial)
        let wrong = Array(fixture.body.reversed())
        let server = try LoopbackServer { .ranged(wrong, for: $0) }
        let attempts = try fixture.failures([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [1000, nil])
        #expect(
            attempts.map(\.failure) == [
                .hashMismatch(expected: fixture.digest, actual: .hash(wrong))
            ])
    }

    @Test func `a partial file that is too long is dropped`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write(body + [1, 2, 3], to: fixture.partial)
        let server = try LoopbackServer { .ranged(body, for: $0) }
        // With the size known before asking; without it the server says 416.
        _ = try fixture.download([server.url("/a")], size: 300_000)
        #expect(server.requests.map(\.rangeStart) == [nil])
        try fixture.write(body + [1, 2, 3], to: fixture.partial)
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [nil, 300_003, nil])
    }

    @Test func `a part from another place is not appended`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write(Array(body[..<1000]), to: fixture.partial)
        let server = try LoopbackServer { request in
            request.rangeStart == nil
                ? .init(200, body: body)
                : .init(
                    206, headers: ["Content-Range: bytes 500-299999/300000"],
                    body: Array(body[500...]))
        }
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [1000, nil])
        #expect(fixture.contents(fixture.destination) == body)
    }

    /// Nothing but the range tells here that the parts do not belong together.
    @Test func `a part from another place is not appended without a digest either`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            request.rangeStart == nil
                ? LoopbackServer.Response(200, headers: ["ETag: \"v1\""], body: body)
                    .broken(after: request.number == 0 ? 120_000 : body.count, .close)
                : .init(
                    206, headers: ["Content-Range: bytes 500-299999/300000", "ETag: \"v1\""],
                    body: Array(body[500...]))
        }
        var request = try fixture.request([server.url("/a")])
        request.expectedDigest = nil
        _ = try Downloader(policy: fixture.policy).download(request)
        #expect(server.requests.map(\.rangeStart) == [nil, 120_000, nil])
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `a part that was not asked for is refused`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in
            .init(206, headers: ["Content-Range: bytes 0-0/1"], body: [1])
        }
        let attempts = try fixture.failures([server.url("/a")])
        guard case .malformedResponse = attempts.first?.failure else {
            Issue.record("unexpected \(attempts)")
            return
        }
    }

    @Test func `without a digest an earlier run's bytes are not believed`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        try fixture.write(Array(body[..<1000]), to: fixture.partial)
        let server = try LoopbackServer { .ranged(body, for: $0) }
        var request = try fixture.request([server.url("/a")])
        request.expectedDigest = nil
        let result = try Downloader(policy: fixture.policy).download(request)
        #expect(server.requests.map(\.rangeStart) == [nil])
        #expect(result.digest == fixture.digest)
    }

    @Test func `planted links and names are replaced and what they lead to is untouched`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { .ranged(body, for: $0) }
        let victim = fixture.directory + "/victim"
        try fixture.write([1, 2, 3], to: victim)
        let files = FileManager.default
        try files.createSymbolicLink(atPath: fixture.partial, withDestinationPath: victim)
        _ = try fixture.download([server.url("/a")])
        try files.linkItem(atPath: victim, toPath: fixture.partial)
        _ = try fixture.download([server.url("/a")])
        try fixture.write([4], to: fixture.partial)
        try files.setAttributes([.posixPermissions: 0o666], ofItemAtPath: fixture.partial)
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [nil, nil, nil])
        #expect(fixture.contents(victim) == [1, 2, 3])
        try files.createDirectory(atPath: fixture.partial, withIntermediateDirectories: false)
        #expect(throws: DownloadError.self) { try fixture.download([server.url("/a")]) }
    }

    @Test func `two downloads of one file do not mix`() async throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let digest = fixture.digest
        let policy = fixture.policy
        let destination = fixture.destination
        let server = try LoopbackServer { .ranged(body, for: $0) }
        let url = try DownloadURL(parsing: server.url("/a"))
        try await withThrowingTaskGroup(of: DownloadResult.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try Downloader(policy: policy).download(
                        DownloadRequest(
                            name: "file",
                            sources: [DownloadSource(url, proxy: .direct, isNamed: true)],
                            destination: destination, expectedDigest: digest))
                }
            }
            for try await result in group { #expect(result.digest == digest) }
        }
        #expect(fixture.contents(destination) == body)
    }

    @Test func `tries that bring the file forward do not count`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            LoopbackServer.Response.ranged(body, for: request).broken(after: 40_000, .close)
        }
        var policy = fixture.policy
        policy.maximumTries = 2
        policy.progressThatResetsTries = 30_000
        _ = try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        #expect(server.requests.count == 8)
        #expect(fixture.contents(fixture.destination) == body)
    }
}
