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

    /// The value of an environment variable that is set and not empty.
    package func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
