package import ArgumentParser

/// `audit`: what can be shown about how things were made.
package struct AuditCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show how things were made, and whether machines and builds agree.",
        subcommands: [
            AuditManifestCommand.self, AuditCompareCommand.self, AuditChallengeCommand.self,
            AuditPolicyCommand.self,
            AuditDiffCommand.self, AuditRebuildCommand.self, AuditFixedPointCommand.self,
            AuditSeedsCommand.self,
            AuditProvenanceCommand.self,
            BillOfMaterials.self, AuditReportCommand.self,
        ])

    /// The command without arguments.
    package init() {}
}
