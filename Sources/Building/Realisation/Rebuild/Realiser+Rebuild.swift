import LocalStore
import StoreDatabase
package import StoreModel
import SystemSupport

extension Realiser {
    /// Builds a derivation again whose outputs are valid, in surroundings of the caller's choice, and
    /// compares; nothing is registered, and of what was made nothing is left.
    ///
    /// - Parameters:
    ///   - path: a `.drv` whose inputs are valid.
    ///   - cores: what the builder is told (`NIX_BUILD_CORES`).
    ///   - inspect: gets the outputs in their order while the trees are there.
    /// - Throws: ``RealisationError`` when the build fails, or its inputs are not valid; what `inspect`
    ///   throws.
    package func rebuild<Result: Sendable>(
        _ path: StorePath, in surroundings: BuildSurroundings, cores: Int,
        inspect: @escaping @Sendable ([RebuiltOutput]) async throws -> Result
    ) async throws -> Result {
        let plan = try Self.plan([.outputs(of: path, [])], checks: 1, in: store)
        guard let step = plan.steps[path], plan.order.count == 1 else {
            throw RealisationError.inputsMissing(path, plan.order.filter { $0 != path })
        }
        try store.addTemporaryRoots(
            plan.neededPaths { try store.derivations.derivation($0) })
        var options = options
        options.cores = cores
        options.variesCores = false
        options.keepFailed = false
        options.debugShell = false
        options.surroundings = surroundings
        let realiser = Realiser(
            store: store, builder: builder, mirrors: mirrors, machine: machine, options: options,
            environment: environment, onEvent: { _ in })
        let runner = StepRunner(realiser: realiser, step: step, replacing: [])
        return try await Blocking.running { try await runner.rebuild(inspect: inspect) }
    }
}

extension StepRunner {
    /// Builds once and shows what came out beside what is valid.
    fileprivate func rebuild<Result: Sendable>(
        inspect: ([RebuiltOutput]) async throws -> Result
    ) async throws -> Result {
        try realiser.machine.check(derivation, path: step.path)
        let outputs = derivation.outputs.compactMapValues(\.path)
        var result: Result?
        try await build(outputs, round: 1) { attempt in
            let rebuilt = try attempt.prepared.map { output in
                guard let valid = try store.database.info(output.info.path) else {
                    throw StoreDatabaseError.notValid(output.info.path)
                }
                return RebuiltOutput(
                    path: output.info.path, validHash: valid.narHash, hash: output.info.narHash,
                    validPlace: store.layout.realPath(of: output.info.path),
                    place: attempt.path(of: output.info.path))
            }
            result = try await inspect(rebuilt.sorted { $0.path < $1.path })
        }
        guard let result else { throw RealisationError.interrupted }
        return result
    }
}
