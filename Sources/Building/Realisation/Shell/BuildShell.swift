import Primitives
import Sandbox
import StoreModel

/// A shell in the place of a builder: in the same sandbox, with the same inputs and environment,
/// on the caller's own streams.
struct BuildShell: Sendable {
    /// The builder's request, made a shell's.
    let request: BuildRequest

    private static let names: Set<String> = ["ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"]

    /// A shell for `derivation`, whose builder would be run by `build`.
    ///
    /// - Throws: ``RealisationError/noShell(_:reason:)`` or
    ///   ``RealisationError/builderIsNoShell(_:builder:)``.
    init(
        _ derivation: StorePath, _ build: BuildRequest, _ wish: BuildShellRequest
    ) throws(RealisationError) {
        var inputs = build.inputs
        var command = build.command
        if !Self.isShell(command) {
            guard let sandboxShell = wish.sandboxShell else {
                throw .builderIsNoShell(derivation, builder: command)
            }
            command = "/bin/sh"
            inputs.append(BuildRequest.Input(hostPath: sandboxShell, sandboxPath: "/bin/sh"))
        }
        var arguments: [ByteString] = []
        if !wish.words.isEmpty {
            // With job control the words are a process group of their own, so that Ctrl-C ends them
            // and not what holds the sandbox.
            arguments =
                ["-c", wish.isOnTerminal ? "set -m; \"$@\"" : "\"$@\"", command] + wish.words
        }
        if command.string?.hasSuffix("/busybox") == true { arguments.insert("sh", at: 0) }
        var request = BuildRequest(
            inputs: inputs, storeInputs: build.storeInputs, command: command,
            arguments: arguments,
            environment: build.environment, storeDirectory: build.storeDirectory,
            outputs: build.outputs, hostDirectory: build.hostDirectory, kvm: build.kvm,
            interaction: .terminal, limits: .init(processes: build.limits.processes))
        request.is32Bit = build.is32Bit
        self.request = request
    }

    /// - Throws: ``RealisationError/noShell(_:reason:)`` for what this program makes itself.
    static func checkKind(_ step: BuildPlan.Step) throws(RealisationError) {
        guard step.kind == .build else {
            throw .noShell(
                step.path,
                reason: "'\(step.derivation.builder)' is a part of this program, no builder")
        }
    }

    /// A builder is recognised by its name: what is in the store was not put there to deceive.
    private static func isShell(_ command: ByteString) -> Bool {
        guard let name = command.string?.split(separator: "/").last else { return false }
        return names.contains(String(name))
    }

    /// The builder's command as a person would type it.
    static func typed(_ action: BuildAction) -> String {
        guard case .program(let command, let arguments) = action.work else { return "" }
        return ([command] + arguments).map { ShellWord.typed($0).description }
            .joined(separator: " ")
    }
}
