import Hummingbird

/// What a request says about bytes that its sender has, or wants (RFC 9110, sections 13 and 14).
struct Conditions {
    enum Part: Equatable {
        case all
        case part(Range<UInt64>)
        case outside
    }

    private let known: [String]
    private let range: String?
    private let rangeTag: String?

    init(_ request: Request) {
        let tags = request.headers[values: .ifNoneMatch].joined(separator: ",")
        known = tags.split(separator: ",").map {
            var tag = $0.drop(while: \.isWhitespace)
            while tag.last?.isWhitespace == true { tag.removeLast() }
            return String(tag.hasPrefix("W/") ? tag.dropFirst(2) : tag)
        }
        range = request.method == .get ? request.headers[.range] : nil
        rangeTag = request.headers[.ifRange]
    }

    /// Whether a part is wanted and not all.
    var wantsPart: Bool { range != nil }

    /// Whether the sender has the bytes with this tag.
    func isKnown(_ tag: String) -> Bool { known.contains(tag) || known.contains("*") }

    /// What is wanted of so many bytes. Several parts, and what is no range, are answered with all.
    func part(of size: UInt64, _ tag: String) -> Part {
        guard let range, range.hasPrefix("bytes="), rangeTag == nil || rangeTag == tag else {
            return .all
        }
        let ends = range.dropFirst("bytes=".count).split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .all }
        if ends[0].isEmpty {
            guard let count = Self.number(ends[1]) else { return .all }
            guard count > 0, size > 0 else { return .outside }
            return .part(size - min(count, size)..<size)
        }
        guard let first = Self.number(ends[0]) else { return .all }
        var last = UInt64.max
        if !ends[1].isEmpty {
            guard let number = Self.number(ends[1]), number >= first else { return .all }
            last = number
        }
        guard first < size else { return .outside }
        return .part(first..<(min(last, size - 1) + 1))
    }

    private static func number(_ text: Substring) -> UInt64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
    }
}
