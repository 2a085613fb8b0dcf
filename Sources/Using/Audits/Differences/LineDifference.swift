import Archives

/// The lines that one text has and the other has not. Bounded: long texts are compared only where they
/// begin to differ.
struct LineDifference {
    private(set) var removed: [String] = []
    private(set) var added: [String] = []

    /// How many lines of each side are told, and how long each may be, in characters.
    static let shown = 12
    private static let width = 200
    /// More lines than this are not compared with each other: the time grows with the square.
    private static let limit = 500
    private static let byteLimit = 1 << 20

    /// Compares two files that are text.
    ///
    /// - Parameter offset: of a byte before which they are the same.
    init(_ first: borrowing OpenFile, _ second: borrowing OpenFile, from offset: UInt64) throws {
        // From the beginning of the line, as far as it is not absurdly long.
        let lead = Int(min(offset, 4096))
        let start = offset - UInt64(lead)
        let one = try first.bytes(at: start, count: Self.byteLimit)
        let other = try second.bytes(at: start, count: Self.byteLimit)
        let skipped = one.prefix(lead).lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let old = Self.lines(one.dropFirst(skipped))
        let new = Self.lines(other.dropFirst(skipped))
        let sameEnd = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
        let left = old.dropLast(sameEnd)
        let right = new.dropLast(sameEnd)
        if max(left.count, right.count) > Self.limit {
            removed = left.prefix(Self.shown).map(Self.text)
            added = right.prefix(Self.shown).map(Self.text)
            return
        }
        let difference = Array(right).difference(from: Array(left))
        for case .remove(_, let line, _) in difference.removals.prefix(Self.shown) {
            removed.append(Self.text(line))
        }
        for case .insert(_, let line, _) in difference.insertions.prefix(Self.shown) {
            added.append(Self.text(line))
        }
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        let printable = line.prefix(4 * width).map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }
        let text = String(decoding: printable, as: UTF8.self)
        return text.count > width ? text.prefix(width) + "…" : text
    }
}
