import StoreModel

extension StepRunner {
    /// After a failure: a shell in the directory of the build, when the user asked for one. Nothing
    /// of it is registered, and the failure stays what it is.
    func offerShell(after error: any Error, in action: BuildAction) async {
        guard realiser.options.debugShell, step.kind == .build, !Task.isCancelled,
            let failure = blamed(error, nil), !failure.isInterruption
        else { return }
        // Its trees are elsewhere by now.
        if case .notDeterministic = failure { return }
        guard realiser.terminal.take() else { return }
        defer { realiser.terminal.leave() }
        var problem: String?
        do {
            let shell = BuildShellRequest(
                words: [], isOnTerminal: true, sandboxShell: realiser.options.sandboxShell,
                isAfterFailure: true
            ) { [onEvent = realiser.onEvent, path = step.path] in
                onEvent(.shell(path, failure, command: BuildShell.typed(action)))
            }
            _ = try await realiser.builder.enter(action, shell)
        } catch { problem = "\(error)" }
        realiser.onEvent(.shellEnded(step.path, problem: problem))
    }
}
