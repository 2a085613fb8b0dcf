import Primitives
import Substitutes
import TestSupport
import Testing

@Suite("Patience with servers")
struct PatienceTests {
    let fixture = try? DownloadFixture()

    /// A second stands for two minutes here.
    @Test func `a byte now and then is a stall`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { [body = fixture.body] _ in
            LoopbackServer.Response(body: body).trickling(100)
        }
        var policy = fixture.policy
        policy.stallTimeout = 60
        policy.averageSeconds = 2
        policy.maximumTries = 1
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(fixture.request([server.url("/a")]))
        }
        #expect(try #require(error).description.contains("too slow: "))
    }

    @Test func `a slow line that is faster than that is waited for`() throws {
        let fixture = try #require(fixture)
        let body = Array(fixture.body.prefix(10_000))
        let server = try LoopbackServer { _ in LoopbackServer.Response(body: body).trickling(2000) }
        var policy = fixture.policy
        policy.averageSeconds = 2
        policy.maximumTries = 1
        _ = try Downloader(policy: policy).download(
            fixture.request([server.url("/a")], digest: .hash(body)))
        #expect(fixture.contents(fixture.destination) == body)
    }

    @Test func `silence is told of`() throws {
        let fixture = try #require(fixture)
        let server = try LoopbackServer { [body = fixture.body] request in
            request.number == 0
                ? LoopbackServer.Response(body: body).broken(after: 100, .stall) : .init(body: body)
        }
        var policy = fixture.policy
        policy.stallTimeout = 4
        policy.silenceToTell = 1
        var silences: [Int] = []
        _ = try Downloader(policy: policy).download(fixture.request([server.url("/a")])) {
            if $0.silentSeconds > 0 { silences.append($0.silentSeconds) }
        }
        #expect(silences.count == 1)
        // Without repetition, the next source is asked at once.
        policy.repeatsTimeouts = false
        policy.stallTimeout = 1
        let hanging = try LoopbackServer { _ in
            LoopbackServer.Response(body: [1, 2, 3]).broken(after: 0, .stall)
        }
        let error = #expect(throws: DownloadError.self) {
            try Downloader(policy: policy).download(
                fixture.request([hanging.url("/a")], digest: .hash("else")))
        }
        #expect(error != nil)
        #expect(hanging.requests.count == 1)
    }
}
