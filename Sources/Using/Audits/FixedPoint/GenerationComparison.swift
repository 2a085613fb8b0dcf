import Archives
package import StoreModel

/// What two generations have in common when the hash parts of their own paths count as the same.
package struct GenerationComparison: Sendable {
    /// One package of both.
    package struct Item: Sendable {
        /// Its paths.
        package let pair: GenerationPairing.Pair
        /// Where the trees differ, with the hash parts replaced; `nil` when they are equal.
        package let report: DifferenceReport?
        /// When nothing differs but digests that a program holds of itself: these.
        package let ownDigests: [OwnDigest]

        /// Whether nothing differs, or nothing but digests of itself.
        package var isEqual: Bool { report == nil || !ownDigests.isEmpty }
    }

    /// What was paired.
    package let pairing: GenerationPairing
    /// The packages, by name.
    package let items: [Item]

    /// Whether the later generation is the earlier one under other paths.
    package var isEqual: Bool {
        pairing.leaks.isEmpty && pairing.onlyInFirst.isEmpty && pairing.onlyInSecond.isEmpty
            && items.allSatisfy(\.isEqual)
    }

    /// Compares what is paired, package by package. Trees are read once each in constant memory; those
    /// that differ are copied into `scratch` with the hash parts replaced, one pair at a time.
    ///
    /// - Parameters:
    ///   - place: where the tree of a path is on this machine.
    ///   - scratch: a directory, absolute, in which nothing is left.
    ///   - look: compares the two copies, which lie at the given places.
    /// - Throws: ``ArchivesError`` for what cannot be read or written; what `look` throws.
    package init(
        _ pairing: GenerationPairing, place: (StorePath) -> String, scratch: String,
        look: (GenerationPairing.Pair, String, String) async throws -> DifferenceReport
    ) async throws {
        self.pairing = pairing
        let replacements = pairing.replacements
        var items: [Item] = []
        for pair in pairing.pairs {
            let one = try TreeLocation(place(pair.first))
            let other = try TreeLocation(place(pair.second))
            let digests = (
                try treeDigest(one.name, in: one.parent, replacing: replacements.first),
                try treeDigest(other.name, in: other.parent, replacing: replacements.second)
            )
            if digests.0 == digests.1 {
                items.append(Item(pair: pair, report: nil, ownDigests: []))
                continue
            }
            let first = try TreeLocation(scratch + "/first")
            let second = try TreeLocation(scratch + "/second")
            defer {
                // What is left of a scratch directory harms nobody, and the comparison was made.
                try? removeTree(first.name, in: first.parent)
                try? removeTree(second.name, in: second.parent)  // as above
            }
            try copyTree(
                one.name, in: one.parent, to: first.name, in: first.parent,
                replacing: replacements.first)
            try copyTree(
                other.name, in: other.parent, to: second.name, in: second.parent,
                replacing: replacements.second)
            let report = try await look(pair, scratch + "/first", scratch + "/second")
            items.append(
                Item(pair: pair, report: report, ownDigests: Self.ownDigests(report, pair)))
        }
        self.items = items
    }

    /// The digests that explain all of `report`; none when something else differs, too.
    private static func ownDigests(
        _ report: DifferenceReport, _ pair: GenerationPairing.Pair
    ) -> [OwnDigest] {
        let digests = report.items.compactMap { OwnDigest.explaining($0, of: pair.first.name) }
        return digests.count == report.count ? digests : []
    }
}
