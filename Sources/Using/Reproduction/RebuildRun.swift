package import Audits
package import LocalStore
import Primitives
package import Realisation
import StoreDatabase
package import StoreModel
import Synchronization

/// Builds derivations again and again until it is known what each depends on.
package struct RebuildRun: Sendable {
    let store: LocalStore
    let realiser: Realiser
    let surroundings: VariedSurroundings
    let variations: [Variation]
    let rounds: Int
    let inspector: TreeInspector
    let now: @Sendable () -> Int64
    let onBuild: @Sendable (StorePath, [Variation]) -> Void

    /// A run that registers nothing in `store`.
    ///
    /// - Parameters:
    ///   - rounds: how often each is built with nothing varied.
    ///   - inspector: looks at what comes out different.
    ///   - now: the time, in seconds since 1970.
    ///   - onBuild: told of each build before it begins, and what is varied in it.
    package init(
        in store: LocalStore, with realiser: Realiser, _ surroundings: VariedSurroundings,
        varying variations: [Variation], rounds: Int, inspector: TreeInspector,
        now: @escaping @Sendable () -> Int64,
        onBuild: @escaping @Sendable (StorePath, [Variation]) -> Void
    ) {
        self.store = store
        self.realiser = realiser
        self.surroundings = surroundings
        self.variations = variations
        self.rounds = rounds
        self.inspector = inspector
        self.now = now
        self.onBuild = onBuild
    }

    /// Builds several derivations again, `jobs` at once.
    ///
    /// - Returns: what was found, in the order of `derivations`.
    /// - Throws: what is no failure of a build.
    package func run(
        _ derivations: [(path: StorePath, derivation: Derivation)], jobs: Int
    ) async throws -> [RebuildRecord] {
        try await withThrowingTaskGroup(of: (Int, RebuildRecord).self) { group in
            var records: [Int: RebuildRecord] = [:]
            var next = 0
            while records.count < derivations.count {
                while next < derivations.count, next - records.count < jobs {
                    let (index, (path, derivation)) = (next, derivations[next])
                    next += 1
                    group.addTask { (index, try await run(path, derivation)) }
                }
                guard let (index, record) = try await group.next() else { break }
                records[index] = record
            }
            return records.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private func run(_ path: StorePath, _ derivation: Derivation) async throws -> RebuildRecord {
        let seen = Mutex<[[Variation]: [RebuildRecord.Difference]]>([:])
        let lastEnd = Mutex<ContinuousClock.Instant?>(nil)
        var valid: [StorePath: Digest] = [:]
        for output in derivation.outputs.values.compactMap(\.path) {
            let info = try store.database.info(output)
            valid[output] = info?.narHash
            // What is valid may have been made in this very second.
            if let info, now() <= info.registrationTime { lastEnd.withLock { $0 = .now } }
        }
        let search = RebuildSearch(variations, rounds: rounds) { varied in
            // Another build must be in another second, so that a clock shows.
            if varied.isEmpty, let last = lastEnd.withLock({ $0 }) {
                let next = last.advanced(by: .milliseconds(1050))
                try await Task.sleep(until: next, clock: .continuous)
            }
            defer { lastEnd.withLock { $0 = .now } }
            onBuild(path, varied)
            let (conditions, cores) = surroundings(varied)
            do {
                return try await realiser.rebuild(path, in: conditions, cores: cores) { outputs in
                    let differences = try await differences(outputs, varied)
                    seen.withLock { $0[varied] = differences }
                    let hashes = outputs.map { ($0.path, $0.hash) }
                    return .made(Dictionary(uniqueKeysWithValues: hashes))
                }
            } catch let error as RealisationError where error.isBuildersFault {
                return .failed("\(error)")
            }
        }
        let (verdict, builds) = try await search.run(valid: valid)
        let all = seen.withLock { $0 }
        let shown = verdict.blame.isEmpty ? [[]] : verdict.blame
        return RebuildRecord(
            derivation: path, narHashes: valid, verdict: verdict, builds: builds,
            differences: shown.flatMap { all[$0] ?? [] })
    }

    private func differences(
        _ outputs: [RebuiltOutput], _ varied: [Variation]
    ) async throws -> [RebuildRecord.Difference] {
        var differences: [RebuildRecord.Difference] = []
        for output in outputs where !output.isSame {
            differences.append(
                RebuildRecord.Difference(
                    output: output.path, varied: varied,
                    report: try await inspector.look(output.validPlace, output.place)))
        }
        return differences
    }
}

extension RealisationError {
    /// Whether a builder failed, rather than the machine or the user.
    fileprivate var isBuildersFault: Bool {
        switch self {
        case .buildFailed, .rejected, .timedOut, .missingOutput, .forbiddenReference: true
        default: false
        }
    }
}
