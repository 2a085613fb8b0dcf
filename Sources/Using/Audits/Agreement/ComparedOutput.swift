package import StoreModel

/// One store path on all sides.
package struct ComparedOutput: Sendable {
    /// What the sides say together.
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// At least two that are not one say the same, and none says otherwise.
        case match
        /// Two say different things.
        case mismatch
        /// Fewer than two that are not one say anything.
        case inconclusive
    }

    /// The path.
    package let path: StorePath
    /// The verdict.
    package let verdict: Verdict
    /// What each side says, in the order of the sides; `nil` where it has none.
    package let entries: [ManifestEntry?]
    /// How many of the sides that are not one say that they built it themselves.
    package let builderCount: Int
    /// The derivation that makes it, when a side tells.
    package let deriver: StorePath?

    init(
        _ path: StorePath, _ entries: [ManifestEntry?], parties: [Int], deriver: StorePath?
    ) {
        self.path = path
        self.entries = entries
        self.deriver = deriver
        var speakers: Set<Int> = []
        var builders: Set<Int> = []
        var first: ManifestEntry?
        var differs = false
        for (index, entry) in entries.enumerated() {
            guard let entry else { continue }
            speakers.insert(parties[index])
            if entry.origin.isBuilt { builders.insert(parties[index]) }
            if let first, !entry.hasSameContents(as: first) { differs = true }
            first = first ?? entry
        }
        builderCount = builders.count
        verdict = differs ? .mismatch : speakers.count > 1 ? .match : .inconclusive
    }
}
