public import ArgumentParser

/// `audit`: what can be shown about how things were made.
public struct AuditCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show what things were made from, and whether machines agree.",
        subcommands: [ManifestAudit.self, CompareAudit.self, ChallengeAudit.self, SeedsAudit.self])

    /// The command without arguments.
    public init() {}
}
