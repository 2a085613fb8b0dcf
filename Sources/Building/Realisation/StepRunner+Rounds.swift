import Archives
import LocalStore
import StoreDatabase
import StoreModel

/// Building more than once, to see whether the bytes are the same each time (`docs/manual/determinism.md`).
extension StepRunner {
    /// One build whose outputs are neither registered nor thrown away yet.
    struct Attempt: Sendable {
        let prepared: [PreparedOutput]
        let scratch: ScratchDirectory
        /// The directory in `scratch` that holds the outputs.
        let folder: String

        /// Where an output of it lies.
        func path(of output: StorePath) -> String { "\(scratch.path)/\(folder)/\(output.baseName)" }
    }

    /// Makes the outputs valid: after one build, or after as many as `--rounds` asks for that all
    /// gave the same. What a hash fixes is built once.
    func make(_ outputs: [String: StorePath]) async throws {
        let wanted = step.checks > 0 || derivation.fixedOutput != nil ? 1 : realiser.options.rounds
        let rounds = max(1, wanted)
        var first: Attempt?
        for round in 1...rounds {
            if round > 1 { realiser.onEvent(.repeated(step.path, round: round, of: rounds)) }
            try await build(outputs, round: round) { attempt in
                if let first { try await compare(attempt, with: first) }
                if round == rounds {
                    try store.commit((first ?? attempt).prepared, replacing: replacing)
                }
                first = first ?? attempt
            }
        }
        if rounds > 1 { realiser.onEvent(.agreed(step.path, builds: rounds)) }
    }

    /// Builds again, as often as the plan asks for, and compares with what is valid; nothing is
    /// registered.
    ///
    /// - Throws: ``RealisationError/notDeterministic(_:_:)`` at the first difference.
    func check(_ outputs: [String: StorePath]) async throws {
        let valid = try outputs.values.map { path in
            guard let info = try store.database.info(path) else {
                throw StoreDatabaseError.notValid(path)
            }
            return info
        }
        let hashes = Dictionary(uniqueKeysWithValues: valid.map { ($0.path, $0.narHash) })
        for round in 1...max(1, step.checks) {
            realiser.onEvent(.repeated(step.path, round: round + 1, of: step.checks + 1))
            try await build(outputs, round: round + 1) { attempt in
                let other = attempt.prepared.filter { hashes[$0.info.path] != $0.info.narHash }
                try await judge(other.map(\.info.path), attempt, first: nil) {
                    store.layout.realPath(of: $0)
                }
            }
        }
        realiser.onEvent(.agreed(step.path, builds: step.checks + 1))
    }

    private func compare(_ attempt: Attempt, with first: Attempt) async throws {
        let hashes = Dictionary(
            uniqueKeysWithValues: first.prepared.map { ($0.info.path, $0.info.narHash) })
        let other = attempt.prepared.filter { hashes[$0.info.path] != $0.info.narHash }
        try await judge(other.map(\.info.path), attempt, first: first.scratch, first.path(of:))
    }

    /// Throws when `outputs`, those with another hash than before, are any: says where they differ,
    /// keeps the trees when that was asked for, shows them to the user's program.
    private func judge(
        _ outputs: [StorePath], _ attempt: Attempt, first: ScratchDirectory?,
        _ firstPath: (StorePath) -> String
    ) async throws {
        guard !outputs.isEmpty else { return }
        let found = try outputs.sorted().map { output in
            let one = try TreeLocation(firstPath(output))
            let other = try TreeLocation(attempt.path(of: output))
            return (output, try compareTrees(one, other, limit: 10))
        }
        // Nothing may take a tree that is only looked at for a store item: its name tells, and the
        // scratch directory is no place where items are looked for.
        let folder = try attempt.scratch.descriptor.openDirectory(FileName(attempt.folder))
        for output in outputs {
            let name = try FileName(output.baseName + ".check")
            try folder.rename(FileName(output.baseName), to: name, in: folder)
        }
        var places = (first: first?.path, second: attempt.scratch.path)
        let isKept = realiser.options.keepFailed
        if isKept {
            if let first { places.first = try first.keep(as: derivation.name) }
            places.second = try attempt.scratch.keep(as: derivation.name)
        }
        var differences: [OutputDifference] = []
        for (output, (list, count)) in found {
            let one = places.first.map { "\($0)/\(attempt.folder)/\(output.baseName)" }
            let other = "\(places.second)/\(attempt.folder)/\(output.baseName).check"
            let difference = OutputDifference(
                output: output, first: one ?? firstPath(output), second: isKept ? other : nil,
                differences: list, count: count)
            differences.append(difference)
            if let hook = realiser.options.diffHook {
                await DiffHook(program: hook, environment: realiser.environment).run([
                    difference.first, other, store.storeDirectory.path(of: step.path),
                    places.second + "/build",
                ]) { realiser.onEvent(.diffHook(step.path, $0)) }
            }
        }
        throw RealisationError.notDeterministic(step.path, differences)
    }
}
