package import Primitives
package import StoreModel

/// What differs between what two derivations are built from: derivations that came, went or changed,
/// those that others had to change for, and which did not change themselves.
package struct GraphDifference: Sendable {
    /// What became of a derivation.
    package enum Change: String, Sendable, CaseIterable {
        /// It states something else than the one that had its place.
        case changed
        /// It differs only because of what it needs.
        case follows
        /// It is fetched or made otherwise, with the same hash.
        case harmless
        /// Only the second has it.
        case added
        /// Only the first has it.
        case removed
    }

    /// A derivation that is not the same in both.
    package struct Node: Sendable {
        /// What became of it.
        package let change: Change
        /// In the first graph; `nil` when it was added.
        package let first: StorePath?
        /// In the second graph; `nil` when it was removed.
        package let second: StorePath?
        /// What the two state differently themselves.
        package let differences: [DerivationDifference]
        /// The stage, as the second has it when it does.
        package let stage: GraphStage?

        /// The name without hash and `.drv`; that of the second when there are two.
        package var name: String { (second ?? first)?.derivationName ?? "" }
    }

    /// The derivations that differ: changed ones with inputs before what needs them, then the others
    /// by name.
    package let nodes: [Node]
    /// Who needs whom among ``nodes``: the index of the one that needs, and of the other; in the
    /// first graph for what was removed, else in the second.
    package let edges: [(from: Int, to: Int)]
    /// How many derivations are in both.
    package let unchanged: Int
    /// The names of the two derivations that were compared.
    package let names: (first: String, second: String)

    /// Compares.
    ///
    /// Derivations have each other's place when they are inputs of the same name (or the same name
    /// with another version) of two that have each other's place; else when they have the same name.
    ///
    /// - Parameters:
    ///   - derivation: the content of a `.drv`.
    ///   - source: the content of a source when it is a small text; else `nil`.
    /// - Throws: what the two throw.
    package init(
        of first: StorePath, _ second: StorePath,
        derivation: (StorePath) throws -> Derivation, source: (StorePath) throws -> ByteString?
    ) throws {
        let old = try Self.closure(of: first, derivation)
        let new = try Self.closure(of: second, derivation)
        let reasons = try RebuildReasons(
            of: first, second, derivation: derivation, source: source)
        var found: [(Change, StorePath?, StorePath?, [DerivationDifference])] = []
        var placed: Set<StorePath> = []
        func add(_ pair: RebuildReasons.Pair, _ change: Change) {
            // What has several places is told once.
            guard placed.insert(pair.second).inserted else { return }
            placed.insert(pair.first)
            found.append((change, pair.first, pair.second, pair.differences))
        }
        for pair in reasons.causes { add(pair, .changed) }
        for pair in reasons.followers { add(pair, .follows) }
        for pair in reasons.harmless { add(pair, .harmless) }
        // What only fixed outputs lead to has no place yet.
        let pairs = NamePairs(
            old.subtracting(new).subtracting(placed), new.subtracting(old).subtracting(placed))
        for (one, other) in pairs.pairs {
            let comparison = try DerivationComparison(
                derivation(one), derivation(other), derivation: derivation, source: source)
            let change: Change = comparison.differences.isEmpty ? .follows : .changed
            found.append((change, one, other, comparison.differences))
        }
        found += pairs.onlySecond.map { (.added, nil, $0, []) }
        found += pairs.onlyFirst.map { (.removed, $0, nil, []) }
        var nodes: [Node] = []
        for (change, one, other, differences) in found {
            let stage = try (other ?? one).flatMap { path in
                try derivation(path).variable("stage").flatMap { $0.isEmpty ? nil : GraphStage($0) }
            }
            nodes.append(
                Node(
                    change: change, first: one, second: other, differences: differences,
                    stage: stage))
        }
        let changed = nodes.filter { $0.change == .changed }
        let others = nodes.filter { $0.change != .changed }
        self.nodes =
            changed + others.sorted { ($0.name, $0.key) < ($1.name, $1.key) }
        edges = try Self.edges(self.nodes, derivation)
        unchanged = old.intersection(new).count
        names = (first.derivationName, second.derivationName)
    }

    /// The nodes of that change.
    package func nodes(_ change: Change) -> [Node] { nodes.filter { $0.change == change } }

    /// The names of what needs the node at `index`, among what differs.
    package func users(of index: Int) -> [String] {
        edges.filter { $0.to == index }.map { nodes[$0.from].name }.sorted()
    }

    private static func closure(
        of root: StorePath, _ derivation: (StorePath) throws -> Derivation
    ) throws -> Set<StorePath> {
        var found: Set<StorePath> = [root]
        var pending = [root]
        while let path = pending.popLast() {
            for input in try derivation(path).inputDerivations.keys
            where found.insert(input).inserted { pending.append(input) }
        }
        return found
    }

    private static func edges(
        _ nodes: [Node], _ derivation: (StorePath) throws -> Derivation
    ) throws -> [(from: Int, to: Int)] {
        var old: [StorePath: Int] = [:]
        var new: [StorePath: Int] = [:]
        for (index, node) in nodes.enumerated() {
            if let path = node.first, node.second == nil { old[path] = index }
            if let path = node.second { new[path] = index }
        }
        var edges: [(from: Int, to: Int)] = []
        for (index, node) in nodes.enumerated() {
            if let path = node.second {
                edges += try derivation(path).inputDerivations.keys.compactMap { new[$0] }
                    .map { (index, $0) }
            }
            if let path = node.first {
                edges += try derivation(path).inputDerivations.keys.compactMap { old[$0] }
                    .map { (index, $0) }
            }
        }
        return edges.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }
}

extension GraphDifference.Node {
    /// Tells nodes of the same name apart.
    fileprivate var key: String { (second ?? first)?.baseName ?? "" }
}
