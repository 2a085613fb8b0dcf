package import StoreModel

/// What belongs together in two generations of the same things: each path of the first and the path of
/// the second that has taken its place.
package struct GenerationPairing: Hashable, Sendable {
    /// A path of each generation.
    package struct Pair: Hashable, Sendable {
        /// The path of the earlier generation.
        package let first: StorePath
        /// The path of the later.
        package let second: StorePath

        /// What is called the same, or what was asked for.
        package init(first: StorePath, second: StorePath) {
            self.first = first
            self.second = second
        }
    }

    /// What is compared, by name.
    package let pairs: [Pair]
    /// What both generations refer to, and neither has made anew: the same path, so the same bytes.
    package let shared: Set<StorePath>
    /// Paths of the earlier generation that the later still refers to, although it has its own.
    package let leaks: Set<StorePath>
    /// Paths of the earlier generation that have no counterpart, or several.
    package let onlyInFirst: Set<StorePath>
    /// Paths of the later generation that have none, or several.
    package let onlyInSecond: Set<StorePath>

    /// Pairs what was asked for, and then what has the same name.
    ///
    /// - Parameters:
    ///   - goals: what was asked for, one beside the other.
    ///   - first: all that the earlier goals refer to, themselves included.
    ///   - second: all that the later goals refer to.
    package init(goals: [Pair], first: Set<StorePath>, second: Set<StorePath>) {
        var pairs = Set(goals.filter { $0.first != $0.second })
        let ofFirst = Set(goals.map(\.first))
        let ofSecond = Set(goals.map(\.second))
        let candidates = Dictionary(grouping: second.subtracting(ofSecond), by: \.name)
        let rest = Dictionary(grouping: first.subtracting(ofFirst), by: \.name)
        for (name, paths) in rest {
            guard paths.count == 1, let path = paths.first else { continue }
            let others = (candidates[name] ?? []).filter { $0 != path }
            if others.count == 1 { pairs.insert(Pair(first: path, second: others[0])) }
        }
        let paired = Set(pairs.map(\.first))
        let both = first.intersection(second)
        self.pairs = pairs.sorted {
            ($0.first.name, $0.first, $0.second) < ($1.first.name, $1.first, $1.second)
        }
        leaks = second.intersection(paired)
        shared = both.subtracting(leaks)
        onlyInFirst = first.subtracting(paired).subtracting(shared)
        onlyInSecond = second.subtracting(pairs.map(\.second)).subtracting(both)
    }

    /// What the hash parts of the generations' own paths count as: the same text for both paths of a
    /// pair. It begins with a character that no hash part has, and names the package.
    var replacements: (first: [String: String], second: [String: String]) {
        var (one, other): ([String: String], [String: String]) = ([:], [:])
        for (index, pair) in pairs.enumerated() {
            let label = "{\(index):\(pair.first.name.prefix(24))"
            let text = label + String(repeating: ".", count: 31 - label.utf8.count) + "}"
            one[pair.first.hashPart] = text
            other[pair.second.hashPart] = text
        }
        return (one, other)
    }
}
