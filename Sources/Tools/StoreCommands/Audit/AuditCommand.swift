public import ArgumentParser

/// `audit`: what can be shown about how things were made.
public struct AuditCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show that what was made leads back to no binary seed.",
        subcommands: [SeedsAudit.self])

    /// The command without arguments.
    public init() {}
}
