public import ArgumentParser

/// `completions`: scripts for shells.
public struct CompletionsCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script for a shell.",
        discussion: """
            Example:
              nodeos-store completions bash > ~/.local/share/bash-completion/completions/nodeos-store
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    /// The shells there are scripts for.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    /// The command without arguments.
    public init() {}

    /// Prints the script.
    public func run(in context: CommandContext) async throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try context.output.print(NodeosStore.completionScript(for: shell))
    }
}
