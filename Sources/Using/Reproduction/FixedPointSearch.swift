package import Archives
package import Audits
package import LocalStore
package import Realisation
import StoreDatabase
package import StoreModel

/// Makes generation after generation and compares each with the one before it, until two are equal.
package struct FixedPointSearch {
    /// What was found.
    package struct Outcome: Sendable {
        /// The outputs of the generations that were made, the first first.
        package var generations: [[StorePath]] = []
        /// Each generation but the first, beside the one before it.
        package var comparisons: [GenerationComparison] = []
        /// The numbers of generations that are built from the one before them: its derivations are
        /// behind theirs.
        package var successors: Set<Int> = []

        /// The generation that the one after it is equal to; `nil` when there is none.
        package var fixedPoint: Int? {
            comparisons.firstIndex { $0.isEqual }.map { $0 + 1 }
        }
    }

    /// What happens on the way, which may take hours.
    package enum Event: Hashable, Sendable {
        /// A generation is about to be made, because not all of it is there.
        case making(Int)
        /// A generation is about to be compared with the one before it.
        case comparing(Int)
        /// A generation is not the same as the one before it: so many of its packages differ.
        case different(Int, count: Int, of: Int)
    }

    /// Makes goals valid, keeps them while this process runs, and returns the outputs of each by name.
    package typealias Realise = ([Goal]) async throws -> [[String: StorePath]]

    /// How many files of a package are looked into; all that differ are counted.
    private static let shownFiles = 3

    private let generations: [[Goal]]
    private let store: LocalStore
    private let inspector: TreeInspector
    private let scratch: WorkDirectory
    private let isThere: ([Goal]) -> Bool
    private let realise: Realise
    private let onEvent: (Event) -> Void

    /// A search through `generations`: what has to be realised for each, the first first.
    ///
    /// - Parameters:
    ///   - scratch: where copies are made.
    ///   - isThere: whether nothing has to be done for goals; only for ``Event/making(_:)``.
    package init(
        _ generations: [[Goal]], in store: LocalStore, inspector: TreeInspector,
        scratch: WorkDirectory,
        isThere: @escaping ([Goal]) -> Bool, realise: @escaping Realise,
        onEvent: @escaping (Event) -> Void
    ) {
        self.generations = generations
        self.store = store
        self.inspector = inspector
        self.scratch = scratch
        self.isThere = isThere
        self.realise = realise
        self.onEvent = onEvent
    }

    /// Searches.
    ///
    /// - Throws: what `realise` throws, ``ArchivesError``, ``StoreDatabaseError``.
    package func run() async throws -> Outcome {
        var result = Outcome()
        var previous: [(name: String, path: StorePath)] = []
        for (index, goals) in generations.enumerated() {
            if !isThere(goals) { onEvent(.making(index + 1)) }
            // The name tells which goal's output it is, and which one.
            let outputs = try await realise(goals).enumerated().flatMap { index, outputs in
                outputs.sorted { $0.key < $1.key }.map {
                    (name: "\(index) \($0.key)", path: $0.value)
                }
            }
            result.generations.append(outputs.map(\.path))
            defer { previous = outputs }
            guard index > 0 else { continue }
            if try isBuilt(goals, from: generations[index - 1]) {
                result.successors.insert(index + 1)
            }
            onEvent(.comparing(index + 1))
            let comparison = try await compare(previous, outputs)
            result.comparisons.append(comparison)
            if comparison.isEqual { break }
            onEvent(
                .different(
                    index + 1, count: comparison.items.count { !$0.isEqual },
                    of: comparison.items.count))
        }
        return result
    }

    /// Whether derivations of an earlier generation are behind those of a later one.
    private func isBuilt(_ later: [Goal], from earlier: [Goal]) throws -> Bool {
        let derivations = later.map(\.item).filter(\.isDerivation)
        let behind = Set(try store.database.closure(of: Set(derivations)))
            .subtracting(derivations)
        return earlier.contains { $0.item.isDerivation && behind.contains($0.item) }
    }

    private func compare(
        _ first: [(name: String, path: StorePath)], _ second: [(name: String, path: StorePath)]
    ) async throws -> GenerationComparison {
        let others = Dictionary(second.map { ($0.name, $0.path) }) { one, _ in one }
        let pairing = GenerationPairing(
            goals: first.compactMap { name, path in
                others[name].map { GenerationPairing.Pair(first: path, second: $0) }
            },
            first: Set(try store.database.closure(of: Set(first.map(\.path)))),
            second: Set(try store.database.closure(of: Set(second.map(\.path)))))
        return try await GenerationComparison(
            pairing, place: store.layout.realPath(of:), scratch: scratch.path
        ) { _, one, other in
            try await inspector.look(one, other, limit: Self.shownFiles)
        }
    }
}
