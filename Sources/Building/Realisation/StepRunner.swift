import Archives
import LocalStore
import Primitives
import Sandbox
import StoreDatabase
import StoreModel

/// Realises one derivation: locks, looks again, runs, checks, registers.
struct StepRunner: Sendable {
    let realiser: Realiser
    let step: BuildPlan.Step
    /// Valid paths that are damaged and to be made again.
    let replacing: Set<StorePath>

    var store: LocalStore { realiser.store }
    var derivation: Derivation { step.derivation }

    /// Makes the outputs valid, and builds them again as often as the step asks for.
    ///
    /// - Throws: ``RealisationError`` or what the store and the sandbox throw; then no output of
    ///   the derivation became valid through this call.
    func run() async throws {
        try realiser.machine.check(derivation, path: step.path)
        let outputs = try outputPaths()
        let locks = try await lock(outputs.values.sorted())
        // Another process may have made them while we waited.
        let isValid =
            try replacing.isDisjoint(with: outputs.values)
            && outputs.values.allSatisfy { try store.database.isValid($0) }
        if isValid, step.checks == 0 {
            realiser.onEvent(.alreadyValid(step.path))
            return withExtendedLifetime(locks) {}
        }
        if !isValid, step.checks == 0 { try refuseWhatFailedBefore() }
        realiser.onEvent(.started(step.path, step.kind))
        let start = ContinuousClock.now
        try store.addTemporaryRoots(outputs.values.sorted() + [step.path])
        if !isValid { try await make(outputs) }
        if step.checks > 0 { try await check(outputs) }
        withExtendedLifetime(locks) {}
        realiser.onEvent(.finished(step.path, seconds: (ContinuousClock.now - start) / .seconds(1)))
    }

    private func outputPaths() throws(RealisationError) -> [String: StorePath] {
        var paths: [String: StorePath] = [:]
        for (name, output) in derivation.outputs {
            guard let path = output.path else {
                throw .unknownOutputPath(step.path, output: name)
            }
            paths[name] = path
        }
        return paths
    }

    private func lock(_ paths: [StorePath]) async throws -> PathLocks {
        if let locks = try store.tryLock(paths) { return locks }
        realiser.onEvent(.waiting(step.path))
        return try await store.lock(paths)
    }

    /// Runs the builder once.
    ///
    /// - Parameters:
    ///   - round: 1 for the first build, then 2 and so on.
    ///   - finish: registers what was made, or compares it; what it throws is the build's failure.
    func build(
        _ outputs: [String: StorePath], round: Int, finish: (Attempt) async throws -> Void
    ) async throws {
        let closure = try inputClosure()
        let scratch =
            step.kind == .fetch
            ? try store.makeDownloadDirectory(for: outputs.values.sorted()[0])
            : try store.makeScratch(in: realiser.options.surroundings.directory)
        var action: BuildAction?
        do {
            let made = try makeAction(closure, directory: scratch.path, round: round)
            action = made
            try await build(made, outputs, closure, scratch, finish)
        } catch {
            if let action { await offerShell(after: error, in: action) }
            throw told(error, scratch)
        }
        // Others go with the last who needs them.
        if step.kind == .fetch { scratch.discard() }
    }

    private func build(
        _ action: BuildAction, _ outputs: [String: StorePath], _ closure: [StorePath],
        _ scratch: ScratchDirectory, _ finish: (Attempt) async throws -> Void
    ) async throws {
        // Hours before it is asked, a rule that cannot be read is an error.
        let policy = try OutputPolicy(derivation, path: step.path, store: store.storeDirectory)
        _ = try DerivationAttributes(derivation, path: step.path).unscanned()
        let log = StepLog(
            step.path, isBuiltin: step.kind != .build, onEvent: realiser.onEvent)
        let file = try store.makeLog(of: step.path)
        let killsBefore = MemoryShortage.killCount()
        let result: BuildResult
        do {
            result = try await realiser.builder.run(action) { bytes in
                file.write(bytes)
                log.write(bytes)
            }
        } catch {
            try? file.finish()
            throw error
        }
        let outcome = result.outcome
        log.finish()
        let logged = Result { try file.finish() }
        do {
            try judge(outcome, log, killsBefore: killsBefore)
            // A full disk: what the builder did wrong because of it was told before.
            try logged.get()
            try await finish(
                try prepare(outputs, closure, policy, scratch, folder: result.folder))
        } catch {
            record(outcome, BuildRecord.Status(told(error, nil)))
            throw error
        }
        record(outcome, .succeeded, using: closure + [step.path])
        if let origin = log.origin, let output = outputs["out"] {
            try store.database.record(
                origins: SourceOrigins.records(
                    of: derivation, output: output, origin: origin, time: outcome.stopTime))
        }
    }

    // MARK: Before

    /// Everything the builder may see: the closure of its inputs.
    ///
    /// - Throws: ``DerivationError`` when the derivation claims another path than its text gives
    ///   (`docs/formats/derivation.md`): not every file with such a name was added as a derivation, and
    ///   files can be altered.
    func inputClosure() throws -> [StorePath] {
        try derivation.checkInvariants(
            inputHashes: store.derivations.inputHashes(of: derivation), in: store.storeDirectory)
        var roots = derivation.inputSources
        for (path, names) in derivation.inputDerivations {
            let input = try store.derivations.derivation(path)
            for name in names {
                guard let output = input.outputs[name]?.path else {
                    throw RealisationError.noSuchOutput(path, output: name)
                }
                roots.insert(output)
            }
        }
        // The builder sees them all the time: no collector may take what they refer to.
        try store.addTemporaryRoots(roots)
        return try realiser.references.closure(of: roots)
    }

    func makeAction(
        _ closure: [StorePath], directory: String, round: Int
    ) throws -> BuildAction {
        var options = realiser.options
        if options.variesCores { options.cores += round - 1 }
        let maker = StepAction(
            store: store.storeDirectory, options: options, mirrors: realiser.mirrors,
            environment: realiser.environment)
        let visible = try places(of: closure, directory: directory)
        switch step.kind {
        case .fetch: return try maker.fetch(step, directory: directory)
        case .unpack: return try maker.unpack(step, closure: visible, directory: directory)
        case .build:
            guard !derivation.isBuiltin else {
                throw RealisationError.badDerivation(
                    step.path, reason: "the builder '\(derivation.builder)' is unknown")
            }
            let graphs = try ReferenceGraphs(
                DerivationAttributes(derivation, path: step.path), of: step.path,
                inputs: Set(closure), in: store)
            return try maker.build(
                step, closure: visible, graphs: graphs, directory: directory)
        }
    }

    // MARK: After

    /// Gives what was made the metadata of the store and checks what the derivation promises.
    private func prepare(
        _ outputs: [String: StorePath], _ closure: [StorePath], _ policy: OutputPolicy,
        _ scratch: ScratchDirectory, folder: String
    ) throws -> Attempt {
        let fixed = derivation.fixedOutput
        let attributes = try DerivationAttributes(derivation, path: step.path)
        let prepared: [PreparedOutput]
        do {
            prepared = try store.prepareOutputs(
                outputs.values.sorted(), in: folder, of: scratch,
                candidates: closure + policy.disallowed,
                unscanned: Set(attributes.unscanned().compactMap { outputs[$0] }),
                deriver: step.path,
                fixed: fixed.map { ($0.method, $0.digest.algorithm) })
        } catch LocalStoreError.missingOutput(let path) {
            let name = outputs.first { $0.value == path }?.key ?? "out"
            throw RealisationError.missingOutput(
                step.path, output: name, path: store.storeDirectory.path(of: path))
        }
        let check = OutputCheck(
            step: step, store: store, policy: policy, folder: "\(scratch.path)/\(folder)/")
        if let output = prepared.first { try check.checkFixed(output) }
        try check.checkPolicy(prepared)
        try check.checkCircle(prepared)
        return Attempt(prepared: prepared, scratch: scratch, folder: folder)
    }

    private func record(
        _ outcome: BuildOutcome, _ status: BuildRecord.Status, using paths: [StorePath] = []
    ) {
        let record = BuildRecord(
            derivation: step.path, name: derivation.packageName,
            startTime: outcome.startTime * 1000,
            stopTime: outcome.startTime * 1000 + Int64(outcome.wallTime / .milliseconds(1)),
            userTime: outcome.userTime, systemTime: outcome.systemTime,
            peakMemory: outcome.peakResidentBytes, status: status,
            machine: realiser.machine.description)
        realiser.history.record(record, using: paths)
    }
}
