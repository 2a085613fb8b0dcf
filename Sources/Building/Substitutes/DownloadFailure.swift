public import Primitives

/// Why one source did not deliver.
public enum DownloadFailure: Hashable, Sendable, CustomStringConvertible {
    /// The server or the file system has no such file (404, 410).
    case notFound
    /// The server refuses (401, 402, 403, 407, 451).
    case refused(status: Int)
    /// The file is there, but cannot be read.
    case unreadable(String)
    /// The proxy at this address, not the server, is the reason.
    case proxy(String, reason: String, isTransient: Bool)
    /// An address that only the user may name.
    case addressRefused(String)
    /// A `file:` URL that the user did not name.
    case fileRefused
    /// Another answer that is no file; 408, 425, 429 and 5xx are asked again.
    case status(Int)
    /// The server is busy for longer than the policy waits.
    case busy(retryAfterSeconds: Int)
    /// The file is another one.
    case hashMismatch(expected: Digest, actual: Digest)
    /// The file has another size.
    case sizeMismatch(expected: UInt64, actual: UInt64)
    /// The file is larger than the policy allows.
    case tooLarge(limit: UInt64)
    /// The server could not prove who it is, or offers no acceptable TLS.
    case tls(String)
    /// The connection was up and nothing, or next to nothing, came through it.
    case stalled(seconds: Int)
    /// No connection within so many seconds.
    case noConnection(seconds: Int)
    /// Too little came for too long.
    case tooSlow(String)
    /// The connection ended before the file did.
    case truncated(received: UInt64, expected: UInt64?)
    /// No connection, or it broke.
    case connection(String)
    /// A redirect from https to http, or to a scheme that servers may not send us to.
    case redirectRefused(to: String)
    /// More redirects than the policy follows.
    case tooManyRedirects(limit: Int)
    /// Not http, https or file.
    case unsupportedScheme(String)
    /// An answer that breaks HTTP's rules.
    case malformedResponse(String)

    /// Whether the same source may deliver when asked again.
    public var isTransient: Bool {
        switch self {
        case .stalled, .noConnection, .tooSlow, .truncated, .connection: true
        case .proxy(_, _, let isTransient): isTransient
        case .status(let code): code == 408 || code == 425 || code == 429 || code >= 500
        default: false
        }
    }

    /// Whether an answer did not come in time.
    var isTimeout: Bool {
        switch self {
        case .stalled, .noConnection, .tooSlow: true
        default: false
        }
    }

    /// The reason for people.
    public var description: String {
        switch self {
        case .notFound: return "not there"
        case .refused(let status): return "the server refuses (HTTP status \(status))"
        case .unreadable(let reason): return "cannot read it: \(reason)"
        case .proxy(let address, let reason, _): return "the proxy '\(address)' \(reason)"
        case .addressRefused(let address):
            return
                "refused to connect to \(address), which is this machine or its own network link; "
                + "name the place by --mirror or --source-mirror if it is meant"
        case .fileRefused:
            return
                "refused to read a file of this machine that only the derivation names; name its "
                + "directory by --mirror or --source-mirror if it is meant"
        case .noConnection(let seconds): return "no connection within \(seconds) seconds"
        case .tooSlow(let reason): return "too slow: \(reason)"
        case .status(let status): return "HTTP status \(status)"
        case .busy(let seconds):
            return "the server is busy and asks to come back in \(seconds) seconds"
        case .hashMismatch(let expected, let actual):
            return "hash mismatch: expected \(expected.sri), got \(actual.sri)"
        case .sizeMismatch(let expected, let actual):
            return "size mismatch: expected \(expected) bytes, got \(actual)"
        case .tooLarge(let limit): return "larger than the limit of \(limit) bytes"
        case .tls(let reason): return "TLS: \(reason)"
        case .stalled(let seconds): return "stalled for \(seconds) seconds"
        case .truncated(let received, let expected):
            return "the connection ended after \(received) bytes"
                + (expected.map { " of \($0)" } ?? "")
        case .connection(let reason): return reason
        case .redirectRefused(let target): return "refused to follow a redirect to \(target)"
        case .tooManyRedirects(let limit): return "more than \(limit) redirects"
        case .unsupportedScheme(let scheme): return "cannot download '\(scheme)' URLs"
        case .malformedResponse(let reason): return "malformed answer: \(reason)"
        }
    }
}
