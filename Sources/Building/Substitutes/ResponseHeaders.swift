/// The headers of an answer that matter for a download.
struct ResponseHeaders: Hashable {
    /// The status code; 0 before the first line and for `file:` URLs.
    private(set) var status = 0
    var contentLength: UInt64?
    /// The first byte and the whole length (if told) of a partial answer.
    private(set) var rangeStart: UInt64?
    private(set) var rangeTotal: UInt64?
    private(set) var entityTag: String?
    private(set) var lastModified: String?
    private var byteCount = 0

    /// Bytes of headers taken from one server.
    static let maximumByteCount = 256 << 10

    /// Takes one line; a status line begins a new set (an interim answer, for example).
    /// Returns whether the headers are still of a sane size.
    mutating func add(_ line: String) -> Bool {
        byteCount += line.utf8.count
        guard byteCount <= Self.maximumByteCount else { return false }
        let line = line.drop { $0.isWhitespace }
        if line.hasPrefix("HTTP/") {
            let taken = byteCount
            self = ResponseHeaders()
            byteCount = taken
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return true
        }
        guard let colon = line.firstIndex(of: ":") else { return true }
        let value = trim(line[line.index(after: colon)...])
        switch line[..<colon].lowercased() {
        case "content-length": contentLength = UInt64(value)
        case "content-range": parseRange(value)
        case "etag": entityTag = value
        case "last-modified": lastModified = value
        default: break
        }
        return true
    }

    /// What `If-Range` may name: a strong entity tag, or else the date.
    var validator: String? {
        if let entityTag, entityTag.hasPrefix("\"") { return entityTag }
        return entityTag == nil ? lastModified : nil
    }

    /// `bytes 100-199/200` or `bytes 100-199/*` (RFC 9110, 14.4).
    private mutating func parseRange(_ value: String) {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return }
        let halves = parts[1].split(separator: "/", maxSplits: 1)
        guard let range = halves.first else { return }
        rangeStart = range.split(separator: "-").first.flatMap { UInt64($0) }
        rangeTotal = halves.count == 2 ? UInt64(halves[1]) : nil
    }

    private func trim(_ text: Substring) -> String {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
