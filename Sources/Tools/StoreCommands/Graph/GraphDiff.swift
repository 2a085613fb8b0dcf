public import ArgumentParser
import Graphs
import LocalStore
import StoreModel

/// `graph diff`: what differs between what two derivations are built from.
public struct GraphDiff: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare what two derivations are built from.",
        discussion: """
            Tells which derivations came, went or changed, what changed in them (as `why-rebuild` \
            does), and which differ only because of these. Derivations have each other's place by \
            their names. As dot or svg: only what differs, coloured by what became of it.

            Examples:
              nodeos-store graph diff old-barebones.drv barebones.drv
              nodeos-store graph diff --format svg old-barebones.drv barebones.drv > diff.svg
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @Option(help: "text, json, dot or svg.")
    var format: DifferenceFormat = .text
    @Flag(help: "The same as --format json.")
    var json = false

    @Argument(help: "The derivation as it was.", completion: .recipesOrFiles)
    var first: String
    @Argument(help: "The derivation as it is now.", completion: .recipesOrFiles)
    var second: String

    /// The command without arguments.
    public init() {}

    /// Compares and prints.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let argument = StoreArgument(store, context)
        let difference = try GraphDifference(
            of: argument.path(first), argument.path(second),
            derivation: { try store.derivations.derivation($0) },
            source: { try store.smallText($0) })
        let picture = DifferencePicture().render(difference)
        switch json ? .json : format {
        case .dot: try context.output.write(picture)
        case .svg:
            try Graphviz(environment: context.environment).draw(picture, to: context.output)
        case .text, .json:
            var options = OutputOptions()
            options.json = json || format == .json
            try options.print(
                GraphDiffAnswer(difference: difference, directory: store.storeDirectory),
                to: context.output)
        }
    }
}

/// The forms that `graph diff` can print.
enum DifferenceFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case text
    /// For programs.
    case json
    /// The language of graphviz.
    case dot
    /// A picture, drawn by graphviz.
    case svg
}
