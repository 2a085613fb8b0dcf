import Foundation
import Glibc
import Primitives
import Substitutes
import Synchronization
import TestSupport
import Testing

@Suite("Downloads from a scripted server")
struct DownloaderTests {
    let fixture = try? DownloadFixture()

    @Test func `a whole answer becomes the file`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { _ in .init(200, body: body) }
        let reports = Mutex<[DownloadProgress]>([])
        let result = try Downloader(policy: fixture.policy).download(
            fixture.request([server.url("/a")], size: 300_000)
        ) { report in reports.withLock { $0.append(report) } }
        #expect(result.digest == fixture.digest)
        #expect(result.size == 300_000)
        #expect(result.resumedBytes == 0)
        #expect(fixture.contents(fixture.destination) == body)
        #expect(!fixture.hasPartial)
        let last = reports.withLock { $0.last }
        #expect(last?.bytesDone == 300_000)
        #expect(last?.bytesTotal == 300_000)
        #expect(server.requests.first?.headers["user-agent"] == "nodeos-store")
    }

    @Test func `an empty file is a file`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(200) }
        _ = try fixture.download([server.url("/")], digest: .hash([]), size: 0)
        #expect(fixture.contents(fixture.destination) == [])
    }

    @Test(arguments: [403, 404, 410, 451])
    func `a refusal goes to the next URL at once`(status: Int) throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            request.path == "/good" ? .init(200, body: body) : .init(status, body: [1, 2, 3])
        }
        let result = try fixture.download([server.url("/bad"), server.url("/good")])
        #expect(server.requests.map(\.path) == ["/bad", "/good"])
        let expected: DownloadFailure =
            status == 404 || status == 410 ? .notFound : .refused(status: status)
        #expect(result.failures.map(\.failure) == [expected])
    }

    @Test(arguments: [500, 503, 429, 408])
    func `a transient status is asked again`(status: Int) throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            request.number < 2 ? .init(status) : .init(200, body: body)
        }
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.count == 3)
    }

    @Test func `the tries of one source are limited`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(500) }
        let attempts = try fixture.failures([server.url("/a"), server.url("/b")])
        #expect(attempts.map(\.failure) == [.status(500), .status(500)])
        #expect(attempts.map(\.tries) == [3, 3])
        #expect(server.requests.count == 6)
        #expect(!fixture.hasDestination)
    }

    @Test func `a server that asks for a long pause is left`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(429, headers: ["Retry-After: 7200"]) }
        let attempts = try fixture.failures([server.url("/a")])
        #expect(attempts.map(\.failure) == [.busy(retryAfterSeconds: 7200)])
        #expect(server.requests.count == 1)
    }

    @Test func `wrong bytes are not kept and the next mirror is asked`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            .init(200, body: request.path == "/good" ? body : Array(body.reversed()))
        }
        let attempts = try fixture.failures([server.url("/bad")])
        let wrong = Digest.hash(Array(body.reversed()))
        #expect(
            attempts.map(\.failure) == [.hashMismatch(expected: fixture.digest, actual: wrong)])
        #expect(!fixture.hasDestination)
        #expect(!fixture.hasPartial)
        #expect(throws: Never.self) {
            try fixture.download([server.url("/bad"), server.url("/good")])
        }
        #expect(fixture.contents(fixture.destination) == body)
        #expect(
            DownloadError.allSourcesFailed(name: "file", attempts: attempts).isHashMismatch)
    }

    @Test func `another size is refused before the body`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        // The rest never comes, and nobody waits for it.
        let server = try LoopbackServer { _ in .init(200, body: body).broken(after: 1000, .stall) }
        let attempts = try fixture.failures([server.url("/a")], size: 299_999)
        #expect(attempts.map(\.failure) == [.sizeMismatch(expected: 299_999, actual: 300_000)])
    }

    @Test(.timeLimit(.minutes(1))) func `an error page without end is not read`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in
            .init(404, body: [UInt8](repeating: 0x20, count: 1_000_000))
                .broken(after: 200_000, .stall)
        }
        var policy = fixture.policy
        policy.stallTimeout = 100
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        }
        guard case .allSourcesFailed(_, let attempts) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(attempts.map(\.failure) == [.notFound])
    }

    @Test func `more bytes than promised or expected end the transfer`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { _ in
            var response = LoopbackServer.Response(200, body: body)
            response.tellsLength = false
            return response
        }
        let attempts = try fixture.failures([server.url("/a")], size: 100_000)
        guard case .sizeMismatch(100_000, let actual) = attempts.first?.failure else {
            Issue.record("unexpected \(attempts)")
            return
        }
        #expect(actual > 100_000)
        var policy = fixture.policy
        policy.maximumSize = 1000
        #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        }
        #expect(!fixture.hasDestination)
    }

    @Test func `a stall is noticed and the download goes on`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { request in
            let response = LoopbackServer.Response.ranged(body, for: request)
            return request.number == 0 ? response.broken(after: 100_000, .stall) : response
        }
        _ = try fixture.download([server.url("/a")])
        #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `a server that only stalls is given up`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in
            LoopbackServer.Response(200, body: [1]).broken(after: 0, .stall)
        }
        var policy = fixture.policy
        policy.maximumTries = 1
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        }
        guard case .allSourcesFailed(_, let attempts) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(attempts.map(\.failure) == [.stalled(seconds: 1)])
    }

    @Test func `a closed port is a connection failure`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(200) }
        let url = server.url("/a")
        server.stop()
        let attempts = try fixture.failures([url])
        guard case .connection = attempts.first?.failure else {
            Issue.record("unexpected \(attempts)")
            return
        }
    }

    @Test func `a name that nobody knows does not spoil the next URL`() throws {
        let fixture = try #require(fixture)
        let body = fixture.body
        let server = try LoopbackServer { _ in .init(200, body: body) }
        // Reserved by RFC 2606 never to exist.
        let result = try fixture.download(["http://nowhere.invalid/a", server.url("/a")])
        #expect(result.failures.count == 1)
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `file URLs are read and never resumed`() throws {
        let fixture = try #require(fixture)
        let source = fixture.directory + "/a source+1"
        try fixture.write(fixture.body, to: source)
        try fixture.write([9, 9, 9], to: fixture.partial)
        let result = try fixture.download([source], size: 300_000)
        #expect(result.size == 300_000)
        #expect(fixture.contents(fixture.destination) == fixture.body)
        let attempts = try fixture.failures([fixture.directory + "/missing"])
        #expect(attempts.map(\.failure) == [.notFound])
    }

    @Test func `devices and pipes are not read`() throws {
        let fixture = try #require(fixture)
        var policy = fixture.policy
        policy.maximumSize = 1_000_000
        let pipe = fixture.directory + "/pipe"
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        for path in ["/dev/zero", pipe, fixture.directory] {
            let error = #expect(throws: DownloadError.self) {
                try Downloader(policy: policy).download(fixture.request([path]))
            }
            guard case .allSourcesFailed(_, let attempts) = error else {
                Issue.record("\(path): \(String(describing: error))")
                continue
            }
            #expect(attempts.map(\.failure) == [.unreadable("it is no regular file")])
        }
    }

    @Test(arguments: ["ftp://127.0.0.1/a", "scp://127.0.0.1/a", "mirror://debian/a", "dict://h/d"])
    func `other schemes are refused`(url: String) throws {
        let fixture = try #require(fixture)
        let attempts = try fixture.failures([url])
        guard case .unsupportedScheme = attempts.first?.failure else {
            Issue.record("unexpected \(attempts)")
            return
        }
    }

    @Test func `endless headers are cut off`() throws {
        let fixture = try #require(fixture)
        let line = "X: " + String(repeating: "x", count: 60_000)
        let server = try LoopbackServer { _ in
            .init(200, headers: [String](repeating: line, count: 20))
        }
        guard case .malformedResponse = try fixture.failures([server.url("/a")]).first?.failure
        else {
            Issue.record("1.2 MB of headers were taken")
            return
        }
    }

    @Test func `a partial file on another file system is copied at the end`() throws {
        let fixture = try #require(fixture)
        var here = stat()
        var there = stat()
        guard unsafe stat(fixture.directory, &here) == 0,
            unsafe stat("/dev/shm", &there) == 0, here.st_dev != there.st_dev
        else {
            try Test.cancel("/dev/shm is no other file system here")
        }
        let body = fixture.body
        let server = try LoopbackServer { _ in .init(200, body: body) }
        var request = try fixture.request([server.url("/a")])
        request.partial = "/dev/shm/nodeos-downloads-\(UUID().uuidString)"
        _ = try Downloader(policy: fixture.policy).download(request)
        #expect(fixture.contents(fixture.destination) == body)
        #expect(!FileManager.default.fileExists(atPath: request.partial))
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.directory).count == 1)
    }

    @Test func `no source is an error of its own`() throws {
        let fixture = try #require(fixture)
        #expect(throws: DownloadError.noSources(name: "file")) { try fixture.download([]) }
    }

    @Test func `a destination that cannot be written stops at once`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { _ in .init(200) }
        var request = try fixture.request([server.url("/a"), server.url("/b")])
        request.partial = fixture.directory + "/missing/partial"
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: fixture.policy).download(request)
        }
        guard case .fileSystem = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `every source and its reason stand in the message`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { .init($0.path == "/a" ? 404 : 500) }
        let error = #expect(throws: DownloadError.self) {
            try fixture.download([server.url("/a"), server.url("/b")])
        }
        #expect(
            try #require(error).description == """
                cannot download file:
                  \(server.url("/a")): not there
                  \(server.url("/b")): HTTP status 500 (tried 3 times)
                """)
    }
}
