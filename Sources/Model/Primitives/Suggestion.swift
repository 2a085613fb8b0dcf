/// What somebody who mistyped a name most likely meant.
package enum Suggestion {
    /// The candidate nearest to `word`: at most a third of its letters, or one, are wrong, missing,
    /// too many or swapped with their neighbour. Case counts for nothing.
    ///
    /// - Returns: `nil` when none is near; of several equally near the first.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String?
    {
        let letters = Array(word.lowercased().unicodeScalars)
        guard letters.count > 1 else { return nil }
        var best: (name: String, distance: Int)?
        for name in candidates {
            let other = Array(name.lowercased().unicodeScalars)
            let limit = max(1, max(letters.count, other.count) / 3)
            let allowed = min(limit, (best?.distance ?? .max) - 1)
            // What differs in length by more is not compared: a word may be as long as it likes.
            guard abs(letters.count - other.count) <= allowed else { continue }
            let distance = distance(from: letters, to: other)
            if distance <= allowed { best = (name, distance) }
        }
        return best?.name
    }

    /// How many single changes (a letter replaced, added, removed, or two neighbours swapped) lead
    /// from `first` to `second`: the optimal string alignment distance.
    static func distance(from first: [Unicode.Scalar], to second: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for (i, letter) in first.enumerated() {
            var row = [i + 1]
            for (j, other) in second.enumerated() {
                var cost = min(last[j + 1], row[j]) + 1
                cost = min(cost, last[j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == second[j - 1], first[i - 1] == other {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[second.count]
    }
}
