import Archives
public import ArgumentParser
import Audits
import Glibc
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import Synchronization
import SystemSupport

/// `audit report`: what is known about how something was made, on one page.
public struct ReportAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
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
    public init() {}

    /// Writes the report.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let path = try StoreArgument(localStore, context).path(path)
        let report = AuditReport(try parts(path, localStore, context))
        let bytes =
            switch chosenFormat {
            case .html: ReportPage.render(report)
            case .markdown: ReportMarkdown.render(report)
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

    private func parts(
        _ path: StorePath, _ localStore: LocalStore, _ context: CommandContext
    ) throws -> AuditReport.Parts {
        let full = try StoreGraph(store: localStore, maximumDepth: nil).graph(
            .derivation, of: [path])
        let graph = built(full)
        let given = ReportFiles(
            asked: path,
            derivation: try StoreGraph(store: localStore, maximumDepth: nil)
                .derivers(of: [path])[0],
            full: full, built: graph, store: localStore)
        var entries: [StorePath: ReportEntry] = [:]
        var foreign = 0
        // Where two files do not agree, the difference is what has to be seen.
        func take(_ told: [StorePath: ReportEntry], _ foreignCount: Int) {
            entries.merge(told) { $0.isSame ? $1 : $0 }
            foreign += foreignCount
        }
        for file in rebuild {
            let (told, others) = try given.rebuilds(bytes(file, context), file)
            take(told, others)
        }
        var comparisons: [ReportComparison] = []
        for file in compare {
            let comparison = try given.comparison(bytes(file, context), file)
            comparisons.append(comparison)
            take(comparison.entries, comparison.foreignCount)
        }
        let agreement = try policy.map { try given.agreement(bytes($0, context), $0) }
        foreign += agreement?.foreignCount ?? 0
        return AuditReport.Parts(
            subject: localStore.storeDirectory.path(of: path), graph: graph, entries: entries,
            comparisons: comparisons, agreement: agreement,
            seeds: try seeds.map { try given.seeds(bytes($0, context), $0) },
            downloads: seedDownloads(full),
            provenance: try provenance(path, localStore),
            picture: picture(graph, entries, context), foreignCount: foreign)
    }

    /// How the subject was made; `nil` when that is not known here.
    private func provenance(_ path: StorePath, _ localStore: LocalStore) throws -> JSONValue? {
        do {
            return try ProvenanceStatement(
                of: path, in: localStore, builder: "urn:nodeos-store:local",
                version: NodeosStore.configuration.version
            ).json
        } catch AuditError.notValid, AuditError.noDeriver { return nil }
    }

    /// The derivations whose builders run: what a hash fixes can only be the same.
    private func built(_ graph: DependencyGraph) -> DependencyGraph {
        var places: [Int: Int] = [:]
        var nodes: [GraphNode] = []
        for (index, node) in graph.nodes.enumerated()
        where node.path.isDerivation && node.digest == nil {
            places[index] = nodes.count
            nodes.append(node)
        }
        let edges = graph.edges.compactMap { edge -> GraphEdge? in
            guard let from = places[edge.from], let to = places[edge.to] else { return nil }
            return GraphEdge(from: from, to: to)
        }
        return DependencyGraph(relation: graph.relation, nodes: nodes, edges: edges)
    }

    /// The downloads that seed derivations are made of.
    private func seedDownloads(_ graph: DependencyGraph) -> [(name: String, size: UInt64?)] {
        let used = graph.edges.filter { graph.nodes[$0.from].kind == .seed }.map(\.to)
        return Set(used).sorted().map { graph.nodes[$0] }.filter { $0.digest != nil }
            .map { ($0.name, $0.size) }
    }

    /// The largest answer that is read, in bytes.
    private static let maximumSize = 256 << 20

    private func bytes(_ file: String, _ context: CommandContext) throws -> [UInt8] {
        try FileBytes.read(path: context.absolute(file), limit: Self.maximumSize)
    }

    /// The picture; `nil` where it cannot be drawn, or nobody could look at it.
    private func picture(
        _ graph: DependencyGraph, _ entries: [StorePath: ReportEntry], _ context: CommandContext
    ) -> [UInt8]? {
        guard chosenFormat == .html, graph.nodes.count <= 1000 else { return nil }
        let drawn = Mutex<[UInt8]>([])
        let sink = CommandOutput { piece in
            drawn.withLock { bytes in
                for index in piece.indices { bytes.append(piece[index]) }
            }
        }
        let text = VerdictPicture.render(graph, entries)
        // A picture is a help for the eye: without one, the page says everything.
        guard (try? Graphviz(environment: context.environment).draw(text, to: sink)) != nil else {
            return nil
        }
        return drawn.withLock { $0 }
    }
}
