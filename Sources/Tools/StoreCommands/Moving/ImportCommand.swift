package import ArgumentParser
import Giving
import NodeosStore

/// `import`: what `export` wrote.
package struct ImportCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Add the store paths in a stream on standard input; print them.",
        discussion: """
            Reads what `export`, `nix-store --export` and `guix archive --export` write for this \
            store directory. Nothing in a stream proves that its items are what their derivations \
            make: import only what you trust.

            Example:
              nodeos-store import < result.closure
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Flag(
        help: ArgumentHelp(
            "Answer an offer with what is missing, and read only that.",
            discussion: "For 'copy' over ssh (docs/formats/export.md)."))
    var negotiate = false

    /// The command without arguments.
    package init() {}

    /// Adds what comes.
    package func run(in context: CommandContext) async throws {
        let session = try store.session(context, .creating)
        if negotiate {
            var sink = CommandOutput.Sink(context.output)
            _ = try StoreConversation.take(
                into: session.store, from: CommandInput.Source(input: context.input),
                answering: &sink)
            return
        }
        try session.importItems(from: CommandInput.Source(input: context.input)) { path in
            try context.output.print(session.text(of: path))
        }
    }
}
