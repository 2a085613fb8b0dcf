package import ArgumentParser

/// `derivation`: look at derivations, add them, judge them.
package struct DerivationCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "derivation",
        abstract: "Show, add and check derivations.",
        subcommands: [
            DerivationShowCommand.self, DerivationAddCommand.self, DerivationCheckCommand.self,
        ])

    /// The command without arguments.
    package init() {}
}
