public import Primitives

/// Why one source did not deliver.
public enum DownloadFailure: Hashable, Sendable, CustomStringConvertible {
    /// The server or the file system has no such file (404, 410).
    case notFound
    /// The server refuses (401, 402, 403, 407, 451).
    case refused(status: Int)
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
        case .stalled, .truncated, .connection: true
        case .status(let code): code == 408 || code == 425 || code == 429 || code >= 500
        default: false
        }
    }

    /// The reason for people.
    public var description: String {
        switch self {
        case .notFound: return "not there"
        case .refused(let status): return "the server refuses (HTTP status \(status))"
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
