import Primitives

/// What differs between two texts: lines when one has several, else words.
struct TextDifference {
    let removed: [String]
    let added: [String]

    /// More units than this are not compared with each other: the time grows with the square.
    private static let limit = 2000

    init(_ first: ByteString, _ second: ByteString) {
        let (one, other) = (first.description, second.description)
        let hasLines = one.contains("\n") || other.contains("\n")
        let old = Self.units(one, hasLines: hasLines)
        let new = Self.units(other, hasLines: hasLines)
        let same = zip(old, new).prefix { $0 == $1 }.count
        let rest = (old.dropFirst(same), new.dropFirst(same))
        let sameEnd = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 == $1 }.count
        let middle = (Array(rest.0.dropLast(sameEnd)), Array(rest.1.dropLast(sameEnd)))
        guard max(middle.0.count, middle.1.count) <= Self.limit else {
            (removed, added) = middle
            return
        }
        let difference = middle.1.difference(from: middle.0)
        var (removed, added): ([String], [String]) = ([], [])
        for case .remove(_, let unit, _) in difference.removals { removed.append(unit) }
        for case .insert(_, let unit, _) in difference.insertions { added.append(unit) }
        // Only the space between words differs.
        if removed.isEmpty, added.isEmpty { (removed, added) = ([one], [other]) }
        (self.removed, self.added) = (removed, added)
    }

    private static func units(_ text: String, hasLines: Bool) -> [String] {
        if hasLines { return text.split(separator: "\n").map { String($0) } }
        return text.split(whereSeparator: \.isWhitespace).flatMap { word in
            // A search path is a list of words too.
            word.hasPrefix("/") && word.contains(":/") ? word.split(separator: ":") : [word]
        }.map { String($0) }
    }
}
