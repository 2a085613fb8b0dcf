import Archives
package import ArgumentParser
import Audits
import Glibc
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// `audit report`: what is known about how something was made, on one page.
package struct AuditReportCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Put what audits found about a store path on one page.",
        discussion: """
            The verdict first, then rates, differences with their bytes, the graph coloured by \
            verdict (when `dot` is installed), seeds and provenance. The HTML page is one file \
            without scripts that needs no network. What was found is read from the files that \
            other audits write; what no file tells counts as not compared. A file about something \
            else, about other bytes than are valid here, or with anything missing is an error.

            Example:
              nodeos-store audit rebuild --json --graph --vary all hello.drv > rebuild.json
              nodeos-store audit compare --json mine.json theirs.json > compare.json
              nodeos-store audit seeds --json hello.drv > seeds.json
              nodeos-store audit report --compare compare.json --seeds seeds.json hello.drv
            """)

    /// What the report is printed as.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case html, markdown, json
    }

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(help: "html, markdown or json; else by the end of the file's name, html without one.")
    var format: Format?
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write it; standard output without.", valueName: "file"),
        completion: .file(), transform: PlaceArgument.file)
    var output: String?
    @Option(
        help: ArgumentHelp(
            "The JSON answer of 'audit rebuild'; repeatable.",
            discussion: "What differs in any file counts as different.", valueName: "file"))
    var rebuild: [String] = []
    @Option(
        help: ArgumentHelp(
            "The JSON answer of 'audit compare' or 'audit challenge'; repeatable.",
            discussion: "What differs in any file counts as different.", valueName: "file"))
    var compare: [String] = []
    @Option(
        help: ArgumentHelp(
            "The JSON answer of 'audit policy': who agrees on the outputs.", valueName: "file"))
    var policy: String?
    @Option(help: ArgumentHelp("The JSON answer of 'audit seeds'.", valueName: "file"))
    var seeds: String?

    @Argument(help: "A store path with a derivation, or a derivation.", completion: .recipesOrFiles)
    var path: String

    /// The command without arguments.
    package init() {}

    /// Writes the report.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let path = try StoreArgument(localStore, context).path(path)
        let graphs = StoreGraph(store: localStore, maximumDepth: nil)
        var evidence = ReportEvidence(
            on: path, madeBy: try graphs.derivers(of: [path])[0],
            try graphs.graph(.derivation, of: [path]), in: localStore)
        for file in rebuild { try evidence.takeRebuilds(bytes(file, context), from: file) }
        for file in compare { try evidence.takeComparison(bytes(file, context), from: file) }
        if let policy { try evidence.takeAgreement(bytes(policy, context), from: policy) }
        if let seeds { try evidence.takeSeeds(bytes(seeds, context), from: seeds) }
        let report = AuditReport(
            evidence,
            provenance: try ProvenanceStatement.known(
                of: path, in: localStore, version: NodeosStoreCommand.configuration.version),
            picture: chosenFormat == .html ? try await picture(evidence, context) : nil)
        let bytes =
            switch chosenFormat {
            case .html: report.html
            case .markdown: report.markdown
            case .json: report.json.text() + [0x0a]
            }
        guard let output else { return try context.output.write(bytes) }
        let file = context.absolute(output)
        let descriptor = unsafe open(
            file.systemPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw HostError.system("create", file, errno) }
        var sink = FileSink(owning: descriptor, path: file)
        try sink.write(bytes.span)
    }

    private var chosenFormat: Format {
        if let format { return format }
        switch output?.split(separator: ".").last {
        case "md", "markdown": return .markdown
        case "json": return .json
        default: return .html
        }
    }

    /// The largest answer that is read, in bytes.
    private static let maximumSize = 256 << 20

    private func bytes(_ file: String, _ context: CommandContext) throws -> [UInt8] {
        try FileBytes.read(path: context.absolute(file), limit: Self.maximumSize)
    }

    /// The picture; `nil` where it cannot be drawn, or nobody could look at it.
    private func picture(
        _ evidence: ReportEvidence, _ context: CommandContext
    ) async throws -> [UInt8]? {
        guard let text = evidence.picture else { return nil }
        do { return try await Graphviz(environment: context.environment).draw(text) } catch {
            if error is CancellationError { throw error }
            // A picture is a help for the eye: without one, the page says everything.
            return nil
        }
    }
}
