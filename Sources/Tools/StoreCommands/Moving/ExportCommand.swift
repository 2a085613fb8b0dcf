package import ArgumentParser
import Giving
import NodeosStore

/// `export`: store paths as one stream.
package struct ExportCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write store paths with their registrations to standard output.",
        discussion: """
            The format is that of `nix-store --export`. Only the paths named are written; give \
            the closure, or --closure, to import it where nothing is. A path whose contents are \
            not those that were registered is refused. The format has no room for signatures: \
            they stay here; `copy` takes them along.

            Examples:
              nodeos-store export --closure ./result > result.closure
              nodeos-store export --closure ./result | ssh other nodeos-store import
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Flag(help: "Also everything the paths refer to.")
    var closure = false

    @Flag(
        help: ArgumentHelp(
            "Offer the paths on standard output, and write only what the answer on standard input lacks.",
            discussion: "For 'copy' over ssh (docs/formats/export.md)."))
    var negotiate = false

    @Argument(help: "The paths to write.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// Writes the stream.
    package func run(in context: CommandContext) async throws {
        if context.output.isTerminal {
            throw StoreCommandsError.badArgument(
                paths[0], reason: "a stream is not written to a terminal; redirect the output")
        }
        let session = try store.session(context)
        var paths = try StoreArgument(session.store, context, recipes: .outputs).paths(paths)
        if negotiate {
            var sink = CommandOutput.Sink(context.output)
            _ = try StoreConversation.give(
                paths, of: session.store, withClosure: closure,
                from: CommandInput.Source(input: context.input), into: &sink)
            return
        }
        if closure { paths = try session.closure(of: paths) }
        var sink = CommandOutput.Sink(context.output)
        try session.export(paths, into: &sink)
        try sink.finish()
    }
}
