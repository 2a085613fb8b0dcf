public import ArgumentParser

/// `audit`: what can be shown about how things were made.
public struct AuditCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show how things were made, and whether machines and builds agree.",
        subcommands: [
            ManifestAudit.self, CompareAudit.self, ChallengeAudit.self, PolicyAudit.self,
            DiffAudit.self, RebuildAudit.self, FixedPointAudit.self, SeedsAudit.self,
            ProvenanceAudit.self,
            BillOfMaterials.self, ReportAudit.self,
        ])

    /// The command without arguments.
    public init() {}
}
