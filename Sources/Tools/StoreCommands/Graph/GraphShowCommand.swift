package import ArgumentParser
import Graphs
import LocalStore
import StoreDatabase
import StoreModel

/// `graph show`, or just `graph`: what depends on what, as a picture or as data.
package struct GraphShowCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print a dependency graph.",
        discussion: """
            Types: `derivation` (what a derivation is built from, its sources too), `package` (the \
            same by recipes: one node a package, without the shell and compiler that every build \
            has), `bag` (with these), `bag-with-sources` (and with downloads), `reverse-package` \
            (which packages need this one), `references` (what a store path refers to), `referrers` \
            (what refers to it), `stage` (one node a stage of the bootstrap), `sources` (what was \
            downloaded or added, and for which packages). Arrows go from what needs to what is \
            needed, for `referrers` and `reverse-package` the other way.

            GLOB is a pattern of the shell for a node's name, with or without hash, or a store path.

            Without a path: of what the links to derivations in this directory lead to, else the other \
            links into the store here, else all roots.

            Examples:
              nodeos-store graph barebones.drv | dot -Tsvg > barebones.svg
              nodeos-store graph --format html barebones.drv > barebones.html
              nodeos-store graph --type package --reduce --format svg barebones.drv > packages.svg
              nodeos-store graph --path barebones.drv 'gcc-cross*' --all --format tree
              nodeos-store graph --type references --format tree ./result
              nodeos-store graph --format cyclonedx node.drv > node.cdx.json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "What nodes and edges mean (see above); else derivation for a .drv, references for "
                + "others.", valueName: "type"))
    var type: DependencyGraph.Relation?
    @Option(help: "dot, svg, html, mermaid, tree, json, graphml, cypher or cyclonedx.")
    var format: GraphFormat = .dot
    @Flag(
        help: ArgumentHelp(
            "Instead of the graph, the chain of builds that took longest, from recorded times.",
            discussion: "As text, or with --format json."))
    var criticalPath = false
    @Option(help: "Show only what at most this many steps lead to.")
    var maxDepth: Int?
    @Option(
        name: .customLong("path"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Show only a shortest way from A to B, with --all every way. Without other arguments "
                + "the graph is that of A.", valueName: "A B"))
    var way: [String] = []
    @Flag(help: "Leave out edges that a longer way makes superfluous.")
    var reduce = false
    @Option(
        help: ArgumentHelp("Leave out these nodes, and what only they lead to.", valueName: "glob"))
    var exclude: [String] = []
    @Option(
        help: ArgumentHelp(
            "Leave out all but these and what was asked for; edges lead over the others.",
            valueName: "glob"))
    var only: [String] = []
    @Option(help: ArgumentHelp("Mark these nodes and all that leads to them.", valueName: "glob"))
    var highlight: [String] = []
    @Flag(help: "Label nodes with their hashes too.")
    var fullNames = false
    @Flag(
        help: "Show each of many fetches or sources that go to the same place; every way of --path."
    )
    var all = false

    @Argument(help: "Store paths, links to them, or recipes.", completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Refuses what cannot be meant.
    package func validate() throws {
        if let maxDepth, maxDepth < 0 { throw ValidationError("--max-depth is at least 0") }
        if criticalPath, paths.count > 1 {
            throw ValidationError("--critical-path is of one derivation")
        }
        // A list takes what comes after it, too.
        if !way.isEmpty, way.count < 2 { throw ValidationError("--path takes two: from A to B") }
    }

    /// Prints the graph.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let names = paths + way.dropFirst(2)
        let arguments = StoreArgument(store, context)
        var type = type
        let paths: [StorePath]
        if names.isEmpty, way.isEmpty {
            let subject = try GraphSubject(in: store, type: type, context)
            (paths, type) = (subject.paths, subject.type)
        } else {
            paths = try arguments.paths(names.isEmpty ? Array(way.prefix(1)) : names)
        }
        if criticalPath {
            guard paths.count == 1 else {
                throw StoreCommandsError.notFound(
                    "--critical-path is of one derivation, and there are \(paths.count): name one")
            }
            guard
                let root = try StoreGraph(store: store, maximumDepth: nil).derivers(of: paths).first
            else { return }
            var options = OutputOptions()
            options.json = format == .json
            return try options.print(CriticalPathAnswer(of: root, in: store), to: context.output)
        }
        let shownType = type ?? (paths.contains { !$0.isDerivation } ? .references : .derivation)
        let builder = StoreGraph(store: store, maximumDepth: limitsReading ? maxDepth : nil)
        let graph = try shown(builder.graph(shownType, of: paths), arguments)
        let bytes = format.render(
            graph, usesFullNames: fullNames, storeDirectory: store.storeDirectory)
        if format == .svg {
            try await context.output.write(
                Graphviz(environment: context.environment).draw(bytes))
        } else {
            try context.output.write(bytes)
        }
    }

    /// Whether nothing beyond the depth can matter: what is left out brings nothing nearer.
    private var limitsReading: Bool { way.isEmpty && only.isEmpty }

    /// The part of `graph` that was asked for.
    private func shown(
        _ graph: DependencyGraph, _ arguments: StoreArgument
    ) throws -> DependencyGraph {
        var graph = graph.excluding(exclude.map { GraphPattern($0) })
            .only(only.map { GraphPattern($0) })
        if way.count >= 2 {
            let start = try node(way[0], in: graph, arguments)
            let end = try node(way[1], in: graph, arguments)
            guard let ways = graph.ways(from: start, to: end, all: all) else {
                throw StoreCommandsError.notFound(
                    "no way leads from '\(graph.nodes[start].name)' to '\(graph.nodes[end].name)'")
            }
            graph = ways
        }
        if let maxDepth { graph = graph.limited(toDepth: maxDepth) }
        if reduce { graph = graph.reduced() }
        graph = graph.highlighting(highlight.map { GraphPattern($0) })
        let folds = format.isPicture && !all && way.isEmpty && graph.relation != .sources
        return folds ? graph.foldingLeaves() : graph
    }

    /// The one node that `text` names.
    private func node(
        _ text: String, in graph: DependencyGraph, _ arguments: StoreArgument
    ) throws -> Int {
        // A store path, a link to one, or else a pattern: whatever is wrong with it as a path is not
        // what is asked. Last a recipe, whose name may be that of other versions here.
        let files = StoreArgument(layout: arguments.layout, context: arguments.context)
        var found = graph.nodes(matching: GraphPattern((try? files.path(text).baseName) ?? text))
        if found.isEmpty, let recipe = try? arguments.path(text) {
            found = graph.nodes(matching: GraphPattern(recipe.baseName))
        }
        guard let first = found.first else {
            throw StoreCommandsError.badArgument(text, reason: "no node of the graph has that name")
        }
        guard found.count == 1 else {
            let names = found.prefix(5).map { graph.nodes[$0].path.baseName }
            throw StoreCommandsError.badArgument(
                text,
                reason: "\(found.count) nodes of the graph have that name; say which: "
                    + names.joined(separator: ", ") + (found.count > 5 ? ", …" : ""))
        }
        return first
    }
}
