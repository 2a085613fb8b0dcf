import Archives
import Audits
import LocalStore
import Primitives
import Realisation
import StoreDatabase
import StoreModel
import Synchronization

/// Builds one derivation again and again until it is known what it depends on.
struct RebuildRun: Sendable {
    let store: LocalStore
    let realiser: Realiser
    let surroundings: VariedSurroundings
    let variations: [Variation]
    let rounds: Int
    let choice: DiffChoice
    /// Where the user's program can write its output, and gets its environment from.
    let context: CommandContext
    let work: WorkDirectory

    /// Builds `path` again.
    ///
    /// - Throws: what is no failure of the build.
    func run(_ path: StorePath, _ derivation: Derivation) async throws -> RebuildRecord {
        let seen = Mutex<[[Variation]: [RebuildRecord.Difference]]>([:])
        let lastEnd = Mutex<ContinuousClock.Instant?>(nil)
        var valid: [StorePath: Digest] = [:]
        for output in derivation.outputs.values.compactMap(\.path) {
            let info = try store.database.info(output)
            valid[output] = info?.narHash
            // What is valid may have been made in this very second.
            if let info, context.now() <= info.registrationTime { lastEnd.withLock { $0 = .now } }
        }
        let search = RebuildSearch(variations, rounds: rounds) { varied in
            // Another build must be in another second, so that a clock shows.
            if varied.isEmpty, let last = lastEnd.withLock({ $0 }) {
                let next = last.advanced(by: .milliseconds(1050))
                try await Task.sleep(until: next, clock: .continuous)
            }
            defer { lastEnd.withLock { $0 = .now } }
            let words = varied.isEmpty ? "nothing" : varied.map(\.rawValue).joined(separator: ", ")
            try context.errorOutput.print("building \(path.name) again, varied: \(words)")
            let (conditions, cores) = surroundings(varied)
            do {
                return try await realiser.rebuild(path, in: conditions, cores: cores) { outputs in
                    var differences: [RebuildRecord.Difference] = []
                    for output in outputs where !output.isSame {
                        let report = try await look(at: output)
                        differences.append(
                            RebuildRecord.Difference(
                                output: output.path, varied: varied, report: report))
                    }
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

    private func look(at output: RebuiltOutput) async throws -> DifferenceReport {
        let report = try DifferenceReport(
            comparing: TreeLocation(output.validPlace), with: TreeLocation(output.place),
            looksInside: choice != .none)
        if case .program(let program) = choice {
            let name = program.contains("/") ? context.absolute(program) : program
            await DiffHook(program: name, directory: work.path).run(
                [output.validPlace, output.place], environment: context.environment
            ) { line in
                // The answer comes on standard output; without this one it is still an answer.
                try? context.errorOutput.print(String(systemBytes: line))
            }
        }
        return report
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
