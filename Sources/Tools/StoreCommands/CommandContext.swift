import NodeosStore
import Primitives

/// Everything a command takes from outside: a value, so that tests give their own.
package struct CommandContext: Sendable {
    /// The environment variables.
    package var environment: [String: String]
    /// The directory that relative paths start from, absolute.
    package var workingDirectory: String
    /// Standard input.
    package var input: CommandInput
    /// Whether standard input is a person's terminal.
    package var inputIsTerminal = false
    /// Where answers go.
    package var output: CommandOutput
    /// Where progress, messages and errors go.
    package var errorOutput: CommandOutput
    /// What files of settings say, which is part of ``environment``.
    var settings = MachineSettings()
    /// The environment without that.
    var statedEnvironment: [String: String] = [:]
    /// The folder that `--recipes` names.
    var recipes: String?
    /// The time, in seconds since 1970.
    package var now: @Sendable () -> Int64

    /// A context from its parts.
    package init(
        environment: [String: String], workingDirectory: String,
        input: CommandInput, output: CommandOutput,
        errorOutput: CommandOutput, now: @escaping @Sendable () -> Int64
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.input = input
        self.output = output
        self.errorOutput = errorOutput
        self.errorOutput.keepsBytes = false
        self.now = now
    }

    /// Whether a person's shell can run here: all three streams are a terminal.
    package var hasTerminal: Bool {
        inputIsTerminal && output.isTerminal && errorOutput.isTerminal
    }

    /// `path`, made absolute from the working directory; not otherwise changed.
    package func absolute(_ path: String) -> String {
        path.isAbsolutePath ? path : workingDirectory + "/" + path
    }

    /// The whole number in a variable; what is there was found to be one (``withSettings()``).
    func number(_ name: String) -> Int? { variable(name).flatMap { Int($0) } }

    /// The size in a variable.
    func size(_ name: String) -> UInt64? { variable(name).flatMap(ByteCountText.bytes) }

    /// The span of time in a variable, in seconds.
    func age(_ name: String) -> Int64? { variable(name).flatMap(AgeText.seconds) }

    /// This context, with what files of settings say where the environment says nothing.
    ///
    /// - Throws: `SettingsFileError`; ``StoreCommandsError/badArgument(_:reason:)`` for a variable of the environment that
    ///   cannot be used.
    func withSettings() throws -> CommandContext {
        var context = self
        context.settings = try MachineSettings.read(environment: environment)
        context.environment = context.settings.applied(to: environment)
        context.statedEnvironment = environment
        for setting in MachineSetting.all where ![.path, .words].contains(setting.kind) {
            // Its own rule is told where it is used.
            guard setting.name != "max-processes", let text = variable(setting.variable),
                let fault = setting.fault(in: text)
            else { continue }
            throw StoreCommandsError.badArgument(setting.variable, reason: "it \(fault)")
        }
        return context
    }

    /// The value of an environment variable that is set and not empty.
    package func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
