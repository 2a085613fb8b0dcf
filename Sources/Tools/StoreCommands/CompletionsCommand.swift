package import ArgumentParser
import Recipes

/// `completions`: scripts for shells.
package struct CompletionsCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script for a shell.",
        discussion: """
            Offers commands, options, files, and the names of recipes where they are expected.

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
    package init() {}

    /// Prints the script.
    package func run(in context: CommandContext) async throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        let script = NodeosStoreCommand.completionScript(for: shell)
        try context.output.print(Self.offeringFiles(in: script, self.shell))
    }

    /// `script`, where files are offered beside the recipes of ``CompletionKind/recipesOrFiles``.
    ///
    /// ArgumentParser has arguments that are files, and arguments that this program completes, and none
    /// that are both. The shells know best how to complete and quote names of files; so the lines that
    /// ask this program are followed by the shell's own.
    private static func offeringFiles(in script: String, _ shell: Shell) -> String {
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
        // `graph PATH` is `graph show PATH`: where bash offers the two subcommands.
        let show = lines.first { $0.contains("---completion graph show ") }.map { "\n\($0)" } ?? ""
        return lines.map { text in
            let line = String(text)
            if line.contains("compgen -W 'show diff'") {
                return line + show + "\n        __nodeos-store_add_completions -f"
            }
            guard line.contains("---completion "), !line.contains("---completion instantiate ")
            else { return line }
            switch shell {
            case .bash:
                let indent = line.prefix { $0 == " " }
                return "\(line)\n\(indent)__nodeos-store_add_completions -f"
            case .zsh: return line.replacing("}'", with: "; _files}'")
            // The f of these options keeps files away.
            case .fish: return line.replacing("fka '", with: "ka '")
            }
        }.joined(separator: "\n")
    }
}

extension CompletionKind {
    /// The names of recipes.
    static var recipes: CompletionKind {
        // A program without seeds for its processor has no recipes to offer.
        .custom { _, _, _ in (try? RecipeSet(.process()).names()) ?? [] }
    }

    /// The names of recipes, and files.
    static var recipesOrFiles: CompletionKind { recipes }
}
