import Archives
public import ArgumentParser

/// `restore`: a tree from a NAR.
public struct RestoreCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
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
    public init() {}

    /// Unpacks the archive.
    public func run(in context: CommandContext) async throws {
        let location = try TreeLocation(context.absolute(path))
        try restoreTree(
            from: CommandInput.Source(input: context.input), to: location.name,
            in: location.parent)
    }
}
