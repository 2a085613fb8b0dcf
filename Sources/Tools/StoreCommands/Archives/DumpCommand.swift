import Archives
package import ArgumentParser

/// `dump`: a tree as a NAR.
package struct DumpCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Write a file or tree as a NAR to standard output.",
        discussion: """
            The archive holds names, contents, links and the executable bit, and nothing else, so \
            equal trees give equal bytes. Needs no store.

            Example:
              nodeos-store dump ./tree | sha256sum
            """)

    @Argument(help: "A file, directory or link; a link is not followed.", completion: .file())
    var path: String

    /// The command without arguments.
    package init() {}

    /// Writes the archive.
    package func run(in context: CommandContext) async throws {
        if context.output.isTerminal {
            throw StoreCommandsError.badArgument(
                path, reason: "an archive is not written to a terminal; redirect the output")
        }
        let location = try TreeLocation(context.absolute(path))
        var sink = CommandOutput.Sink(context.output)
        try dumpTree(location.name, in: location.parent, to: &sink)
        try sink.finish()
    }
}

/// `restore`: a tree from a NAR.
package struct RestoreCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Unpack a NAR from standard input.",
        discussion: """
            Nothing may exist at the path. An archive that is damaged or hostile leaves nothing \
            there. Needs no store.

            Example:
              nodeos-store dump ./tree | nodeos-store restore ./copy
            """)

    @Argument(help: "The path to make.", completion: .file(), transform: PlaceArgument.file)
    var path: String

    /// The command without arguments.
    package init() {}

    /// Unpacks the archive.
    package func run(in context: CommandContext) async throws {
        let location = try TreeLocation(context.absolute(path))
        try restoreTree(
            from: CommandInput.Source(input: context.input), to: location.name,
            in: location.parent)
    }
}
