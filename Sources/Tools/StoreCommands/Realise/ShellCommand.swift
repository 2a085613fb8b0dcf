package import ArgumentParser
import LocalStore
import Primitives
import Realisation
import Sandbox
import StoreDatabase
import StoreModel

/// `shell`: where a derivation is built.
package struct ShellCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Enter the environment that a derivation is built in.",
        discussion: """
            Realises the derivation's inputs, or takes them from binary caches, and opens a shell in the sandbox its builder gets: the \
            same files, user, environment and empty /build. Nothing is registered, and /build is \
            removed afterwards. The shell is the builder, when that is one, or else --sandbox-shell. \
            The exit status is the shell's.

            Example:
              nodeos-store shell barebones.drv
              nodeos-store shell barebones.drv -- gcc --version
              nodeos-store shell barebones.drv < commands.sh
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var realising: BuildAndCacheOptions

    @Argument(
        help: ArgumentHelp("A derivation, what it made, or a recipe.", valueName: "drv"),
        completion: .recipesOrFiles)
    var path: String

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("What to run instead of a shell.", valueName: "command"))
    var command: [String] = []

    /// Nothing to enter yet.
    package init() {}

    /// Realises the inputs and runs the shell.
    package func run(in context: CommandContext) async throws {
        // A recipe can be entered before there is a store; a path cannot.
        let isRecipe = try RecipeSet(context).contains(path)
        let localStore =
            try isRecipe ? store.openOrMake(context) : store.open(context, mayWrite: true)
        let path = try derivation(in: localStore, context)
        try await realising.withRealiser(for: localStore, context) {
            try await $0.realiseInputs(of: path)
        }
        if command.isEmpty, context.hasTerminal {
            try context.errorOutput.print(
                "The build environment of '\(path)'. Nothing is registered; leave it with 'exit'.")
        }
        let building = realising.building
        let realiser = try building.realiser(localStore, context, building.display(context))
        let isOnTerminal = context.inputIsTerminal
        let ending = try await Interruption.cancellingOnSignals(keys: !isOnTerminal) { [command] in
            try await realiser.shell(
                in: path, words: command.map { ByteString($0) }, isOnTerminal: isOnTerminal)
        }
        switch ending {
        case .exited(0): break
        case .exited(let status): throw SilentExit(ExitStatus(rawValue: status))
        case .signalled(let signal): throw SilentExit(ExitStatus(rawValue: 128 + signal))
        default: throw SilentExit(.interrupted)
        }
    }

    private func derivation(in store: LocalStore, _ context: CommandContext) throws -> StorePath {
        let path = try StoreArgument(store, context, recipes: .addedDerivation).path(path)
        if path.isDerivation { return path }
        guard let deriver = try store.database.validDerivers(of: path).min() else {
            throw StoreCommandsError.notFound(
                "no derivation of '\(path)' is in this store: name the .drv")
        }
        return deriver
    }
}
