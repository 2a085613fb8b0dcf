public import ArgumentParser
import LocalStore

/// `db rebuild`: make a database that is lost or damaged again.
public struct DatabaseRebuildCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the database again, from the store directory and the registrations.",
        discussion: """
            Reads every path and makes those valid whose contents are what their registration \
            states, or are proven by the path itself: derivations, texts, sources, fixed outputs. \
            What could not be restored is printed, with the reason, and the exit status is then 1. \
            The old database need not be readable; it is kept beside the new one. No other process \
            may use the store meanwhile.

            Outputs of builds without a registration are left out: nothing proves their contents. \
            They are built again when they are needed, or made valid as they are with --infer.

            Examples:
              nodeos-store db rebuild --dry-run
              nodeos-store db rebuild
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be restored, change nothing.")
    var dryRun = false
    @Flag(help: "Make valid as it is what nothing proves; references are searched for.")
    var infer = false

    /// The command without arguments.
    public init() {}

    /// Rebuilds and prints what was lost.
    public func run(in context: CommandContext) async throws {
        let layout = try store.layout(context)
        let report = try await DatabaseRebuild(layout, infers: infer)
            .run(isDryRun: dryRun, workers: try Processors.workers())
        let answer = RebuildAnswer(
            report: report, directory: layout.storeDirectory, isDryRun: dryRun)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(
            context.errorOutput.hints.completed(answer.summary))
        if !report.losses.isEmpty { throw SilentExit(.failure) }
    }
}
