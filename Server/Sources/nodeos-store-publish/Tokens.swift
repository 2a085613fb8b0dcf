import Hummingbird
import NodeosStore

/// The words that readers must show: as a bearer's token, or as the password of any name (what netrc files hold).
struct Tokens: Sendable {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Of digests: how long a comparison takes says nothing about the words.
    private let digests: Set<Digest>

    /// The words in `text`, one a line; `#` begins a comment.
    init(_ text: String, path: String) throws {
        let lines = text.split(separator: "\n").map { line in
            line.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        }
        let words = lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !words.isEmpty else {
            throw Fault(description: "'\(path)' holds no token: one a line is expected")
        }
        if let short = words.first(where: { $0.utf8.count < 16 }) {
            throw Fault(
                description:
                    "'\(path)' holds a token of \(short.utf8.count) bytes: at least 16 are expected"
            )
        }
        digests = Set(words.map { Digest.hash(String($0)) })
    }

    /// Whether the header `Authorization` shows one.
    func admit(_ header: String?) -> Bool {
        guard let header, let space = header.firstIndex(of: " ") else { return false }
        let value = header[header.index(after: space)...].drop { $0 == " " }
        switch header[..<space].lowercased() {
        case "bearer": return digests.contains(Digest.hash(String(value)))
        case "basic":
            guard let bytes = Base64.decode(value.utf8),
                let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
            else { return false }
            return digests.contains(
                Digest.hash(String(decoding: bytes[(colon + 1)...], as: UTF8.self)))
        default: return false
        }
    }
}
