import Archives
public import ArgumentParser
import Graphs
import LocalStore
import StoreDatabase
import StoreModel

/// `size`: what store paths weigh, and what would be freed without them.
public struct SizeCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Tell what store paths and their closures weigh.",
        discussion: """
            Columns: `self` (its NAR), `disk` (its blocks; a file with several names once), `closure` \
            (the NARs of all it refers to), of that `shared` (in the closure of another path given \
            here too) and `exclusive` (in no other). \
            With --dominators the closure as a tree: each path hangs on the last one that all ways to \
            it go through, so that `retained` is what would be freed if it went. With --map the same as \
            a treemap.

            Examples:
              nodeos-store size --sort exclusive ./result-1 ./result-2
              nodeos-store size --dominators ./result
              nodeos-store size --map html ./result > size.html
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions
    @Option(
        help: "self, disk, closure, shared, exclusive (largest first) or name; else as given.")
    var sort: SizeColumn?
    @Flag(help: "Show what each path of the closure holds.")
    var dominators = false
    @Option(
        help: ArgumentHelp("With --dominators, show at most this many levels.", valueName: "levels")
    )
    var maxDepth: Int?
    @Option(help: "Print a treemap: svg or html.")
    var map: MapFormat?

    @Argument(
        help: "Store paths, links to them, or recipes for what they make.",
        completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    public init() {}

    /// Refuses what cannot be meant.
    public func validate() throws {
        if let maxDepth, maxDepth < 0 { throw ValidationError("--max-depth is at least 0") }
        if map != nil, dominators || output.json {
            throw ValidationError("--map is a form of its own: without --dominators and --json")
        }
        if maxDepth != nil, !dominators {
            throw ValidationError("--max-depth needs --dominators")
        }
    }

    /// Adds up and prints.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        var seen: Set<StorePath> = []
        let paths = try StoreArgument(store, context, recipes: .outputs).paths(paths)
            .filter { seen.insert($0).inserted }
        for path in paths { try StoreQuery(store: store).check(path) }
        let graph = try store.database.referenceGraph(below: paths)
        let sizes = try store.database.narSizes(among: graph.nodes)
        guard dominators || map != nil else {
            let report = try SizeReport(of: paths, in: graph, sizes: sizes, store)
            return try output.print(
                SizeAnswer(
                    report: report.sorted(by: sort), directory: store.storeDirectory),
                to: context.output)
        }
        let retained = RetainedSizes(of: paths, in: graph, sizes: sizes)
        guard let map else {
            return try output.print(
                DominatorsAnswer(
                    sizes: retained, maximumDepth: maxDepth, directory: store.storeDirectory),
                to: context.output)
        }
        let title =
            paths.prefix(3).map(\.name).joined(separator: ", ")
            + (paths.count > 3 ? " and others" : "")
        let picture = TreemapPicture(
            of: retained, title: title, storeDirectory: store.storeDirectory)
        try context.output.write(map == .svg ? picture.svg() : picture.html())
    }
}

/// The forms of a treemap.
enum MapFormat: String, CaseIterable, ExpressibleByArgument {
    /// A picture.
    case svg
    /// A page to look into.
    case html
}

/// What `size` can be sorted by.
enum SizeColumn: String, CaseIterable, ExpressibleByArgument {
    case own = "self"
    case disk
    case closure
    case shared
    case exclusive
    case name
}
