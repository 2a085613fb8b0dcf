public import ArgumentParser
import Audits
import Glibc
import LocalStore
import Primitives
import Recipes
import StoreModel
import SystemSupport

/// `audit seeds`: the proof that nothing leads back to the binary seeds.
public struct SeedsAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "seeds",
        abstract: "Look for any trace of the binary seeds in what was built from them.",
        discussion: """
            Lists the seeds and why each is there. Walks everything that the final outputs reach and looks \
            into every file, deeper than the reference scanner: hidden forms of hashes, archives and \
            compressed streams inside each other, paths of the machine the seeds come from, files equal \
            to a seed's. Exit status 0 when nothing was found, 1 when something was, 3 when nothing was \
            found but something could not be looked at: a damaged or encrypted archive, seeds that \
            are not in the store to be compared with. See docs/manual/audit.md for what this shows.

            Example:
              nodeos-store audit seeds barebones.drv
              nodeos-store audit seeds --json barebones.drv | jq .findings
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .shortAndLong, help: "How many files are looked into at once; 0 means one a core.")
    var jobs = 0

    @Argument(
        help: "Derivations whose graph is audited, or links to them.", completion: .recipesOrFiles)
    var paths: [String]

    /// Nothing audited yet.
    public init() {}

    /// Audits and prints the report.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let goals = try StoreArgument(localStore, context).paths(paths)
        let cores = Processors.count
        let audit = SeedAudit(
            localStore, reasons: Self.reasons(),
            temporaryDirectory: context.variable("TMPDIR").map(context.absolute) ?? "/var/tmp",
            workers: jobs > 0 ? jobs : cores)
        let errors = context.errorOutput
        let report = try await audit.run(goals) { done, total in
            guard errors.isTerminal else { return }
            // A line of progress that nobody can see is no reason to stop.
            try? errors.write(.clearedLine + "looked into \(done) of \(total) files" as StyledText)
        }
        // As above.
        if errors.isTerminal { try? errors.write(StyledText.clearedLine) }
        try output.print(
            SeedReportAnswer(
                report: report,
                header: AnswerHeader(.seeds, store: localStore.storeDirectory, subjects: goals)),
            to: context.output)
        switch report.verdict {
        case .clean: return
        case .found: throw SilentExit(.failure)
        case .inconclusive: throw SilentExit(.inconclusive)
        }
    }

    /// Why each seed cannot be done without, of every processor that has seeds.
    private static func reasons() -> [Digest: String] {
        var reasons: [Digest: String] = [:]
        for cpu in CPU.allCases {
            // A processor without seeds has no manifest.
            guard let manifest = try? SeedManifest.embedded(for: cpu) else { continue }
            for package in manifest.groups.flatMap(\.packages) {
                reasons[package.source.digest] = package.reason
            }
        }
        return reasons
    }
}
