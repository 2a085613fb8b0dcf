import LocalStore
package import Primitives
package import Sandbox
import StoreDatabase
package import StoreModel
import SystemSupport

extension Realiser {
    /// Makes valid what `path`'s builder would find: the wanted outputs of its inputs. Binary caches,
    /// when there are any, may have these, sources and the derivation itself.
    ///
    /// - Throws: ``RealisationError``, also for a derivation that cannot be entered here.
    package func realiseInputs(of path: StorePath) async throws {
        try await take([path])
        let step = try step(path)
        try await take(Array(step.derivation.inputSources))
        for source in step.derivation.inputSources.sorted()
        where try !store.database.isValid(source) {
            throw RealisationError.missingSource(source, neededBy: path)
        }
        let goals = step.derivation.inputDerivations.sorted { $0.key < $1.key }
            .map { Goal.outputs(of: $0.key, $0.value) }
        try await realise(goals)
    }

    /// Runs a shell in the build environment of `path`, whose inputs are valid, on this program's
    /// own standard streams: the sandbox its builder would have, in an empty scratch directory that
    /// is removed afterwards. Nothing is registered.
    ///
    /// - Parameters:
    ///   - words: a command and its arguments, found as in a shell; when empty, the shell reads
    ///     its input.
    ///   - isOnTerminal: whether standard input is a person's terminal.
    /// - Returns: how the shell ended.
    /// - Throws: ``RealisationError/noShell(_:reason:)``, what the store and the sandbox throw.
    package func shell(in path: StorePath, words: [ByteString], isOnTerminal: Bool) async throws
        -> BuildOutcome.Ending
    {
        try await Blocking.running {
            try await enter(path, words: words, isOnTerminal: isOnTerminal)
        }
    }

    private func enter(
        _ path: StorePath, words: [ByteString], isOnTerminal: Bool
    ) async throws -> BuildOutcome.Ending {
        let step = try step(path)
        let runner = StepRunner(realiser: self, step: step, replacing: [])
        try store.addTemporaryRoots([path])
        let closure = try runner.inputClosure()
        let scratch = try store.makeScratch()
        let action = try runner.makeAction(closure, directory: scratch.path, round: 1)
        let ending = try await builder.enter(
            action,
            BuildShellRequest(
                words: words, isOnTerminal: isOnTerminal, sandboxShell: options.sandboxShell,
                isAfterFailure: false, onStart: {}))
        withExtendedLifetime(scratch) {}
        return ending
    }

    private func step(_ path: StorePath) throws -> BuildPlan.Step {
        guard path.isDerivation, try store.database.isValid(path) else {
            throw RealisationError.noDerivation(path)
        }
        let derivation = try store.derivations.derivation(path)
        let step = BuildPlan.Step(path: path, derivation: derivation, dependencies: [])
        try BuildShell.checkKind(step)
        try machine.check(derivation, path: path)
        return step
    }
}
