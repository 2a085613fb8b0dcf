/// The limits and habits of downloads; none of it comes from a derivation.
package struct DownloadPolicy: Sendable, Hashable {
    /// Seconds a connection may take to come up, name lookup and TLS included.
    package var connectTimeout = 20
    /// Seconds with less than ``minimumBytesPerSecond`` after which a transfer counts as stalled.
    package var stallTimeout = 30
    /// Below this a transfer counts as standing still.
    package var minimumBytesPerSecond = 64
    /// Bytes a second: a transfer that brings fewer on an average of ``averageSeconds`` is too slow. Modems
    /// of the last century were faster.
    package var minimumAverage = 512
    /// Seconds over which the average is taken.
    package var averageSeconds = 120
    /// Seconds that one try may take as a whole, for what is small; `nil` is no limit.
    package var maximumSeconds: Int?
    /// Seconds without a byte after which somebody is told.
    package var silenceToTell = 5
    /// Whether a source that did not answer in time is asked again, as after other transient failures.
    package var repeatsTimeouts = true
    /// How often one source is asked when nothing comes; a try that brought at least
    /// ``progressThatResetsTries`` bytes starts the count anew.
    package var maximumTries = 5
    /// Bytes (1 MiB unless changed).
    package var progressThatResetsTries: UInt64 = 1 << 20
    /// Milliseconds before the second try; doubled for each further one.
    package var initialBackoff = 500
    /// The longest wait between tries in milliseconds.
    package var maximumBackoff = 15_000
    /// A server that asks for a longer pause (`Retry-After`, seconds) is left for the next source.
    package var maximumRetryAfter = 60
    /// Redirects followed for one file.
    package var maximumRedirects = 10
    /// Bytes: no file is larger (16 GiB unless changed).
    package var maximumSize: UInt64 = 16 << 30
    /// The file of certificates to trust instead of the system's.
    package var certificateFile: String?
    /// A netrc file with credentials for hosts; none is read unless given.
    package var netrcFile: String?
    /// A token that the named server is shown, and no server that it leads to. Never print it.
    package var token: String?
    /// Signs requests to the named server, and to no server that it leads to.
    package var signing: RequestSigning?
    /// The variables that name proxies (`http_proxy`, `no_proxy` …), as curl reads them; `nil`: those of
    /// this process, as a program has it that was started for one download.
    package var proxyVariables: [String: String]?
    /// The `User-Agent` sent; some servers refuse requests without one.
    package var userAgent = "nodeos-store"

    /// The defaults.
    package init() {}

    /// The certificates that the usual variables name, in the order `NIX_SSL_CERT_FILE`,
    /// `SSL_CERT_FILE`, `CURL_CA_BUNDLE`; `nil` when none is set.
    package static func certificateFile(in environment: [String: String]) -> String? {
        for name in ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"] {
            if let path = environment[name], !path.isEmpty { return path }
        }
        return nil
    }

    /// Milliseconds to wait before try number `next` (2 is the first repetition).
    ///
    /// Exponential, at least half and at most all of the step by `jitter` (0…1), so that many
    /// clients do not come back at once; never less than what the server asked for.
    ///
    /// - Parameter retryAfter: the server's `Retry-After` in seconds, 0 if it named none.
    package func backoff(before next: Int, retryAfter: Int, jitter: Double) -> Int {
        let doublings = min(max(next - 2, 0), 20)
        let step = min(initialBackoff << doublings, maximumBackoff)
        let jittered = Double(step) * (0.5 + 0.5 * min(max(jitter, 0), 1))
        return max(Int(jittered), min(retryAfter, maximumRetryAfter) * 1000)
    }
}
