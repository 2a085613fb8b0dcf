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
            other audits write; what no file tells counts as not compared.

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
        help: ArgumentHelp("Where to write it; standard output without.", valueName: "file"))
    var output: String?
    @Option(
        help: ArgumentHelp(
            "The JSON answer of 'audit rebuild'; repeatable, later ones win.", valueName: "file"))
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

    @Argument(help: "A store path with a derivation, or a derivation.", completion: .file())
    var path: String

    /// The command without arguments.
    public init() {}

    /// Writes the report.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let path = try StoreArgument(layout: localStore.layout, context: context).path(path)
        let report = AuditReport(try parts(path, localStore, context))
        let bytes =
            switch chosenFormat {
            case .html: ReportPage.render(report)
            case .markdown: ReportMarkdown.render(report)
            case .json: report.json.text() + [0x0a]
            }
        guard let output else { return try context.output.write(bytes) }
        let file = context.absolute(output)
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StoreCommandsError.system("create", file, errno) }
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
        var entries: [StorePath: ReportEntry] = [:]
        var foreign = 0
        let own = Set(graph.nodes.map(\.path))
        for file in rebuild {
            for value in try json(file, context)["derivations"]?.array ?? [] {
                guard let name = value["derivation"]?.string,
                    let derivation = try? localStore.storeDirectory.parse(name),
                    let entry = ReportEntry(value), own.contains(derivation)
                else {
                    foreign += 1
                    continue
                }
                entries[derivation] = entry
            }
        }
        var comparisons: [ReportComparison] = []
        let known = Set(full.nodes.map(\.path))
        for file in compare {
            let comparison = ReportComparison(
                try json(file, context), in: localStore.storeDirectory, of: own, knowing: known)
            comparisons.append(comparison)
            foreign += comparison.foreignCount
            // Where two files do not agree, the difference is what has to be seen.
            entries.merge(comparison.entries) { $0.isSame ? $1 : $0 }
        }
        var agreement: ReportPolicy?
        if let policy {
            let outputs = try known.filter(\.isDerivation).flatMap {
                try localStore.database.outputs(of: $0).values
            }
            let found = ReportPolicy(
                try json(policy, context), in: localStore.storeDirectory,
                about: Set(outputs).union([path]))
            agreement = found
            foreign += found.foreignCount
        }
        let statement = try? ProvenanceStatement(
            of: path, in: localStore, builder: "urn:nodeos-store:local",
            version: NodeosStore.configuration.version)
        return AuditReport.Parts(
            subject: localStore.storeDirectory.path(of: path), graph: graph, entries: entries,
            comparisons: comparisons, agreement: agreement,
            seeds: try seeds.map { try json($0, context) },
            downloads: seedDownloads(full),
            provenance: statement?.json, picture: picture(graph, entries, context),
            foreignCount: foreign)
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

    private func json(_ file: String, _ context: CommandContext) throws -> JSONValue {
        do {
            return try JSONValue(parsing: FileBytes.read(path: context.absolute(file)))
        } catch let error as JSONError {
            throw StoreCommandsError.badFile(file, reason: "\(error)")
        }
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
        guard (try? Graphviz(environment: context.environment).draw(text, to: sink)) != nil else {
            return nil
        }
        return drawn.withLock { $0 }
    }
}
