public import ArgumentParser
import Graphs
import LocalStore
import StoreDatabase
import StoreModel

/// `graph`: what depends on what, as a picture.
public struct GraphCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print a dependency graph.",
        discussion: """
            Types: `derivation` (what a derivation is built from, its sources too) and \
            `references` (what a store path refers to). A .drv asked for its references stands for \
            its outputs. Arrows go from what needs to what is needed. Stages are coloured; fetches \
            are cylinders, seeds hexagons, sources notes, checks octagons, and what was asked for \
            has a thick frame.

            Examples:
              nodeos-store graph barebones.drv | dot -Tsvg > barebones.svg
              nodeos-store graph --type references ./result | dot -Tpdf > result.pdf
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Option(help: "derivation or references; else derivation for a .drv, references for others.")
    var type: DependencyGraph.Relation?
    @Option(help: "The form of the output: dot.")
    var format: GraphFormat = .dot
    @Option(help: "Show only what at most this many steps lead to.")
    var maxDepth: Int?
    @Flag(help: "Label nodes with their hashes too.")
    var fullNames = false
    @Flag(help: "Show each of many fetches or sources that go to the same place.")
    var all = false

    @Argument(help: "Store paths or links to them.", completion: .file())
    var paths: [String]

    /// The command without arguments.
    public init() {}

    /// Refuses a negative depth.
    public func validate() throws {
        if let maxDepth, maxDepth < 0 { throw ValidationError("--max-depth is at least 0") }
    }

    /// Prints the graph.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let paths = try StoreArgument(layout: store.layout, context: context).paths(paths)
        let type = type ?? (paths.contains { !$0.isDerivation } ? .references : .derivation)
        let builder = StoreGraph(store: store, maximumDepth: maxDepth)
        var graph =
            switch type {
            case .derivation: try builder.derivations(of: paths)
            case .references: try builder.references(of: paths)
            }
        if !all { graph = graph.foldingLeaves() }
        switch format {
        case .dot:
            try context.output.write(DOTRenderer(usesFullNames: fullNames).render(graph))
        }
    }
}

extension DependencyGraph.Relation: ExpressibleByArgument {}

/// The forms that `graph` can print.
enum GraphFormat: String, CaseIterable, ExpressibleByArgument {
    /// The language of graphviz.
    case dot
}
