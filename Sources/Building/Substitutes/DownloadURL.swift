import Primitives

/// A URL whose printed form hides what may be secret: the user information and the query.
///
/// Messages, logs and reports interpolate the value itself; only the code that talks to the
/// network reads ``text``.
public struct DownloadURL: Hashable, Sendable, CustomStringConvertible {
    /// The whole URL, credentials included. Never print it.
    public let text: String
    /// The scheme in lower case, without the colon.
    public let scheme: String

    /// The longest URL taken, in bytes.
    public static let maximumLength = 16_384

    /// A URL of any scheme, or an absolute path, which becomes a `file:` URL.
    ///
    /// - Throws: ``MirrorError/malformedURL(shown:reason:)`` when the text is neither, or holds
    ///   spaces, control characters or bytes that are not ASCII (those are to be percent-encoded).
    public init(parsing given: String) throws(MirrorError) {
        let text = given.utf8.first == UInt8(ascii: "/") ? "file://" + Self.encode(given) : given
        guard text.utf8.count <= Self.maximumLength else {
            throw .malformedURL(
                shown: "\(text.utf8.count) bytes", reason: "longer than \(Self.maximumLength) bytes"
            )
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .malformedURL(
                shown: Self.redact(text),
                reason: "it holds a space, a control character or a byte that is not ASCII; "
                    + "write it percent-encoded")
        }
        guard let end = text.firstRange(of: "://")?.lowerBound,
            text[..<end].utf8.first.map(Self.isLetter) == true,
            text[..<end].utf8.allSatisfy({
                Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "+")
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            })
        else {
            throw .malformedURL(
                shown: Self.redact(text),
                reason: "it does not begin with a scheme such as https:// and is not an absolute "
                    + "path")
        }
        self.text = text
        scheme = text[..<end].lowercased()
    }

    /// The URL without user information, query and fragment, for people.
    public var description: String { Self.redact(text) }

    /// Whether the downloader can fetch it.
    public var isSupported: Bool { scheme == "http" || scheme == "https" || scheme == "file" }

    /// The part after `scheme://`.
    var afterScheme: Substring {
        guard let separator = text.firstRange(of: "://") else { return "" }
        return text[separator.upperBound...]
    }

    /// Host and port as they are spelled, without user information.
    var authority: Substring {
        let whole = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return whole.lastIndex(of: "@").map { whole[whole.index(after: $0)...] } ?? whole
    }

    /// The host as it is spelled; an IPv6 address with its brackets.
    var host: String {
        if authority.first == "[", let end = authority.lastIndex(of: "]") {
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// Whether the other URL is of the same server: scheme, host and port.
    func isOfSameServer(as other: DownloadURL) -> Bool {
        scheme == other.scheme && authority.lowercased() == other.authority.lowercased()
    }

    /// Whether it names something below `base`: on the same server, and without a way up.
    func isBelow(_ base: DownloadURL) -> Bool {
        guard isOfSameServer(as: base) else { return false }
        let path = afterScheme.prefix { $0 != "?" && $0 != "#" }.drop { $0 != "/" }
        var start = base.afterScheme.drop { $0 != "/" }
        if start.last != "/" { start += "/" }
        return path.hasPrefix(start) && MirrorTable.isSafe(path.dropFirst(start.count))
    }

    /// The URL `path` below this one, joined by exactly one slash.
    func appending(_ path: some StringProtocol) throws(MirrorError) -> DownloadURL {
        let slash = text.utf8.last == UInt8(ascii: "/") ? "" : "/"
        return try DownloadURL(parsing: text + slash + path)
    }

    /// `text` as it may be shown; see `URLRedaction`.
    static func redact(_ text: String) -> String { URLRedaction.redact(text) }

    /// `path` percent-encoded where a URL needs it.
    static func encode(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in path.utf8 {
            if isLetter(byte) || isDigit(byte) || "/-._~+,:=@".utf8.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
