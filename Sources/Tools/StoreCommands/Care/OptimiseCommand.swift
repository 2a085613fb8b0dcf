package import ArgumentParser
import LocalStore
import Primitives
import StoreDatabase
import SystemSupport

/// `optimise`: identical files share their bytes.
package struct OptimiseCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "optimise",
        abstract: "Let identical files of the store share their bytes.",
        discussion: """
            Where the file system has clones (btrfs, xfs), files stay files of their own; elsewhere \
            they become names of one file, listed in `.links` of the store directory. Contents are \
            compared before anything is shared. Builds may run meanwhile, and an interrupted run \
            goes on where it was.

            With --automatic on, every path that becomes valid from now on is treated so; this is \
            remembered in the store.

            Examples:
              nodeos-store optimise --dry-run
              nodeos-store optimise --automatic on
            """,
        aliases: ["optimize"])

    /// A switch.
    enum Switch: String, ExpressibleByArgument, CaseIterable {
        case on
        case off
    }

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be gained, and change nothing.")
    var dryRun = false
    @Option(help: "Whether new paths are optimised when they become valid; does nothing else.")
    var automatic: Switch?

    /// The command without arguments.
    package init() {}

    /// Optimises, or sets the switch.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context, mayWrite: !dryRun)
        if let automatic {
            return try store.database.set(
                .automaticOptimisation, to: automatic == .on ? "1" : nil)
        }
        let report = try await store.optimise(isDryRun: dryRun, workers: try Processors.workers())
        try output.print(
            OptimisationAnswer(report: report, isDryRun: dryRun), to: context.output)
    }
}

/// What was gained.
private struct OptimisationAnswer: CommandAnswer {
    let report: OptimisationReport
    let isDryRun: Bool

    var json: JSONValue {
        .object([
            "files": .count(report.fileCount), "shared": .count(report.sharedCount),
            "bytes": .integer(Int64(clamping: report.sharedBytes)),
            "damagedLinks": .count(report.damagedLinks), "fullLinks": .count(report.fullLinks),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var text =
            "\(report.sharedCount) of \(report.fileCount) files "
            + "\(isDryRun ? "could share" : "share") their bytes with another\(isDryRun ? "" : " now"): "
            + "\(ByteCount(report.sharedBytes)) \(isDryRun ? "to gain" : "gained")\n"
        if report.damagedLinks > 0 {
            text +=
                "\(report.damagedLinks) entries of .links were damaged and are replaced; "
                + "'nodeos-store verify --check-contents' finds what else is\n"
        }
        return output.hints.completed(text)
    }
}
