import Archives
package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// `size`: what store paths weigh, and what would be freed without them.
package struct SizeCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
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
    package init() {}

    /// Refuses what cannot be meant.
    package func validate() throws {
        if let maxDepth, maxDepth < 0 { throw ValidationError("--max-depth is at least 0") }
        if map != nil, dominators || output.json {
            throw ValidationError("--map is a form of its own: without --dominators and --json")
        }
        if maxDepth != nil, !dominators {
            throw ValidationError("--max-depth needs --dominators")
        }
    }

    /// Adds up and prints.
    package func run(in context: CommandContext) async throws {
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

extension SizeColumn: ExpressibleByArgument {}

/// What `size` answers.
struct SizeAnswer: CommandAnswer {
    let report: SizeReport
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "paths": .array(
                report.rows.map { row in
                    .object([
                        "path": .string(directory.path(of: row.path)), "narSize": .count(row.own),
                        "diskSize": .count(row.disk), "closureSize": .count(row.closure),
                        "closureCount": .count(row.closureCount),
                        "sharedSize": .count(row.shared), "exclusiveSize": .count(row.exclusive),
                    ])
                }),
            "total": .object([
                "narSize": .count(report.own), "diskSize": .count(report.disk),
                "closureSize": .count(report.closure), "closureCount": .count(report.closureCount),
            ]),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var table = TextTable(
            ["self", "disk", "closure", "shared", "exclusive", "path"],
            rightAligned: [0, 1, 2, 3, 4])
        for row in report.rows {
            table.add(
                [row.own, row.disk, row.closure, row.shared, row.exclusive].map {
                    "\(ByteCount($0))"
                } + [directory.path(of: row.path)])
        }
        if report.rows.count > 1 {
            let exclusive = report.rows.map(\.exclusive).saturatingSum
            let shared = report.closure - min(report.closure, exclusive)
            table.add(
                [report.own, report.disk, report.closure, shared, report.closure - shared].map {
                    "\(ByteCount($0))"
                } + ["all together"])
        }
        return table.text
    }
}

/// What `size --dominators` answers.
struct DominatorsAnswer: CommandAnswer {
    let sizes: RetainedSizes
    let maximumDepth: Int?
    let directory: StoreDirectory

    /// A list and not a tree: readers need not follow any depth.
    var json: JSONValue {
        let order = sizes.items.sorted { ($1.retained, $0.path) < ($0.retained, $1.path) }
        return .object([
            "total": .count(sizes.total),
            "paths": .array(
                order.map { item in
                    .object([
                        "path": .string(directory.path(of: item.path)),
                        "narSize": .count(item.size), "retainedSize": .count(item.retained),
                        "dominator": .optional(
                            item.parent.map { directory.path(of: sizes.items[$0].path) }),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var table = TextTable(["retained", "self", "path"], rightAligned: [0, 1])
        // An explicit stack: a tree may be deeper than a thread's.
        var stack: [(index: Int, depth: Int, prefix: String, isLast: Bool)] =
            sizes.roots.reversed().map { ($0, 0, "", true) }
        while let (index, depth, prefix, isLast) = stack.popLast() {
            let item = sizes.items[index]
            let branch = depth == 0 ? "" : isLast ? "└───" : "├───"
            let hides = maximumDepth.map { depth >= $0 } ?? false
            let hidden = hides && !item.children.isEmpty ? " [\(item.children.count) more]" : ""
            table.add([
                "\(ByteCount(item.retained))", "\(ByteCount(item.size))",
                prefix + branch + directory.path(of: item.path) + hidden,
            ])
            if hides { continue }
            let inner = depth == 0 ? "" : TreeIndent.below(prefix, isLast: isLast)
            for (place, child) in item.children.enumerated().reversed() {
                stack.append((child, depth + 1, inner, place == item.children.count - 1))
            }
        }
        return table.text
    }
}
