import Sandbox
import StoreModel

extension StepRunner {
    /// After a failure: a shell in the directory of the build, when the user asked for one. Nothing
    /// of it is registered, and the failure stays what it is.
    func offerShell(after error: any Error, in build: BuildRequest) async {
        guard realiser.options.debugShell, step.kind == .build, !Task.isCancelled,
            let failure = blamed(error, nil), !failure.isInterruption
        else { return }
        // Its trees are elsewhere by now.
        if case .notDeterministic = failure { return }
        guard realiser.terminal.take() else { return }
        defer { realiser.terminal.leave() }
        var problem: String?
        do {
            var shell = try BuildShell(
                step, build, words: [], isOnTerminal: true,
                sandboxShell: realiser.options.sandboxShell
            ).request
            shell.goesOn = true
            realiser.onEvent(.shell(step.path, failure, command: BuildShell.typed(build)))
            _ = try await realiser.sandbox.run(shell) { _ in }
        } catch { problem = "\(error)" }
        realiser.onEvent(.shellEnded(step.path, problem: problem))
    }
}
