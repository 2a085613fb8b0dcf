package import Primitives
package import StoreModel

/// Why one derivation's outputs are not another's: the inputs that differ first, and not everything
/// that differs because of them.
package struct RebuildReasons: Sendable {
    /// Two derivations that have each other's place.
    package struct Pair: Sendable {
        /// The one that is compared with.
        package let first: StorePath
        /// The one that is asked about.
        package let second: StorePath
        /// The names that lead here: the derivation asked about, its input, and so on to
        /// ``second``.
        package let chain: [String]
        /// What the two state differently themselves.
        package let differences: [DerivationDifference]
    }

    /// Whether any output has another path, and so has to be built.
    package let rebuilds: Bool
    /// Where the difference comes from: what nothing below explains; inputs before what needs them.
    package let causes: [Pair]
    /// Fixed outputs that are fetched or made otherwise, with the same hash: they cause nothing.
    package let harmless: [Pair]
    /// What differs only because its inputs do; inputs before what needs them.
    package let followers: [Pair]

    /// Compares `first` with `second`, modulo fixed outputs.
    ///
    /// - Parameters:
    ///   - derivation: the content of a `.drv`.
    ///   - source: the content of a source when it is a small text, to tell the lines that differ;
    ///     else `nil`.
    /// - Throws: what the two throw.
    package init(
        of first: StorePath, _ second: StorePath,
        derivation: (StorePath) throws -> Derivation, source: (StorePath) throws -> ByteString?
    ) throws {
        struct Visit: Hashable {
            let first: StorePath
            let second: StorePath
        }
        var causes: [Pair] = []
        var harmless: [Pair] = []
        var followers: [Pair] = []
        var rebuilds = false
        let name = try derivation(second).name
        var queue = [(visit: Visit(first: first, second: second), chain: [name])]
        var seen: Set<Visit> = [queue[0].visit]
        var next = 0
        while next < queue.count {
            let (visit, chain) = queue[next]
            next += 1
            guard visit.first != visit.second else { continue }
            let (old, new) = (try derivation(visit.first), try derivation(visit.second))
            let comparison = try DerivationComparison(
                old, new, derivation: derivation, source: source)
            let pair = Pair(
                first: visit.first, second: visit.second, chain: chain,
                differences: comparison.differences)
            let isSame = old.outputs.mapValues(\.path) == new.outputs.mapValues(\.path)
            if next == 1 { rebuilds = !isSame }
            if isSame, new.fixedOutput != nil {
                if !pair.differences.isEmpty { harmless.append(pair) }
                continue
            }
            if !isSame {
                if pair.differences.isEmpty { followers.append(pair) } else { causes.append(pair) }
                // What is fixed is fixed whatever it is made of.
                if old.fixedOutput != nil, new.fixedOutput != nil { continue }
            }
            for (first, second) in comparison.inputs {
                let input = Visit(first: first, second: second)
                guard seen.insert(input).inserted else { continue }
                queue.append((input, chain + [try derivation(second).name]))
            }
        }
        self.rebuilds = rebuilds
        // Breadth first from the goal: the other way round, inputs come first.
        self.causes = causes.reversed()
        self.harmless = harmless.reversed()
        self.followers = followers.reversed()
    }
}
