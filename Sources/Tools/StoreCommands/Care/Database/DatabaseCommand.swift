public import ArgumentParser

/// `db`: the database itself.
public struct DatabaseCommand: ParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Check the database, or make it again.",
        subcommands: [DatabaseCheckCommand.self, DatabaseRebuildCommand.self])

    /// The command without arguments.
    public init() {}
}
