import Substitutes
import Testing

@Suite("Pauses between tries")
struct DownloadPolicyTests {
    @Test func `they double up to a limit`() {
        let policy = DownloadPolicy()
        let waits = (2...9).map { policy.backoff(before: $0, retryAfter: 0, jitter: 1) }
        #expect(waits == [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
        #expect(policy.backoff(before: 1000, retryAfter: 0, jitter: 1) == 15_000)
    }

    @Test func `jitter takes at most half`() {
        let policy = DownloadPolicy()
        #expect(policy.backoff(before: 4, retryAfter: 0, jitter: 0) == 1000)
        #expect(policy.backoff(before: 4, retryAfter: 0, jitter: 0.5) == 1500)
    }

    @Test func `the server's wish is a lower bound`() {
        let policy = DownloadPolicy()
        #expect(policy.backoff(before: 2, retryAfter: 7, jitter: 0) == 7000)
        #expect(policy.backoff(before: 2, retryAfter: .max, jitter: 0) == 60_000)
    }

    @Test func `certificates are taken from the usual variables`() {
        #expect(DownloadPolicy.certificateFile(in: [:]) == nil)
        #expect(
            DownloadPolicy.certificateFile(in: ["SSL_CERT_FILE": "/a", "CURL_CA_BUNDLE": "/b"])
                == "/a")
        #expect(
            DownloadPolicy.certificateFile(in: ["NIX_SSL_CERT_FILE": "/n", "SSL_CERT_FILE": "/a"])
                == "/n")
        #expect(DownloadPolicy.certificateFile(in: ["SSL_CERT_FILE": ""]) == nil)
    }
}
