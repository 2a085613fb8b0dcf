import Archives
import Audits
import LocalStore
import NodeosStore
import Primitives
import Realisation
import StoreDatabase
import StoreModel

/// Makes generation after generation and compares each with the one before it, until two are equal.
struct FixedPointSearch {
    /// What was found.
    struct Result: Sendable {
        /// The outputs of the generations that were made, the first first.
        var generations: [[StorePath]] = []
        /// Each generation but the first, beside the one before it.
        var comparisons: [GenerationComparison] = []
        /// The numbers of generations that are built from the one before them: its derivations are
        /// behind theirs.
        var successors: Set<Int> = []

        /// The generation that the one after it is equal to; `nil` when there is none.
        var fixedPoint: Int? {
            comparisons.firstIndex { $0.isEqual }.map { $0 + 1 }
        }
    }

    /// How many files of a package are looked into; all that differ are counted.
    private static let shownFiles = 3

    /// What has to be realised for each generation, the first first.
    let goals: [[Goal]]
    let store: LocalStore
    let realising: BuildAndCacheOptions
    let choice: DiffChoice
    let context: CommandContext
    let work: WorkDirectory

    /// Searches.
    ///
    /// - Throws: ``RealisationError``, ``ArchivesError``, ``StoreDatabaseError``.
    func run() async throws -> Result {
        var result = Result()
        var previous: [(name: String, path: StorePath)] = []
        for (index, goals) in goals.enumerated() {
            let outputs = try await realise(goals, generation: index + 1)
            result.generations.append(outputs.map(\.path))
            defer { previous = outputs }
            guard index > 0 else { continue }
            if try isBuilt(goals, from: self.goals[index - 1]) {
                result.successors.insert(index + 1)
            }
            try context.errorOutput.print("comparing generation \(index + 1) with \(index)")
            let comparison = try await compare(previous, outputs)
            result.comparisons.append(comparison)
            if comparison.isEqual { break }
            // The next may take hours, and the answer comes at the end.
            let different = comparison.items.count { !$0.isEqual }
            try context.errorOutput.print(
                "generation \(index + 1) is not the same: \(different) of "
                    + "\(comparison.items.count) packages differ")
        }
        return result
    }

    /// Makes a generation valid, and keeps it while this process runs.
    ///
    /// - Returns: its outputs, with a name that tells which goal's and which output.
    private func realise(
        _ goals: [Goal], generation: Int
    ) async throws -> [(name: String, path: StorePath)] {
        // Only for the line that is printed: realising plans again, and throws.
        let plan = try? Realiser.plan(
            goals, in: store, assumesFixed: realising.building.assumeFixed)
        if plan?.isEmpty != true {
            try context.errorOutput.print("generation \(generation) is not there yet: making it")
        }
        let realised = try await realising.realise(goals, in: store, context)
        return realised.goals.enumerated().flatMap { index, goal in
            goal.outputs.sorted { $0.key < $1.key }.map { ("\(index) \($0.key)", $0.value) }
        }
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
            pairing, place: store.layout.realPath(of:), scratch: work.path, look: look)
    }

    private func look(
        _ pair: GenerationPairing.Pair, _ first: String, _ second: String
    ) async throws -> DifferenceReport {
        if case .program(let program) = choice {
            let name = program.contains("/") ? context.absolute(program) : program
            await DiffHook(program: name, directory: work.path).run(
                [first, second], environment: context.environment
            ) { line in
                // The answer comes on standard output; without this one it is still an answer.
                try? context.errorOutput.print(String(systemBytes: line))
            }
        }
        return try DifferenceReport(
            comparing: TreeLocation(first), with: TreeLocation(second),
            limit: Self.shownFiles, looksInside: choice != .none)
    }
}
