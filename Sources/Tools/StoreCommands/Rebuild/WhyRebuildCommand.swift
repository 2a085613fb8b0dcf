public import ArgumentParser
import Graphs
import LocalStore
import StoreModel

/// `why-rebuild`: what changed between two derivations.
public struct WhyRebuildCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "why-rebuild",
        abstract: "Say why a derivation is not the one it was: the first inputs that differ.",
        discussion: """
            Follows inputs of the same name from one derivation to the other, and tells what they \
            state differently themselves: words of variables and arguments, lines of scripts, hashes \
            of sources. What differs only because of these is counted. Fixed outputs that are fetched \
            from elsewhere but have the same hash cause nothing, and are told apart.

            Example:
              nodeos-store why-rebuild old-barebones.drv barebones.drv
              nodeos-store why-rebuild --json old-barebones.drv barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

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
        let (first, second) = (try argument.path(first), try argument.path(second))
        let reasons = try RebuildReasons(
            of: first, second, derivation: { try store.derivations.derivation($0) },
            source: { try store.smallText($0) })
        try output.print(
            WhyRebuildAnswer(reasons: reasons, store: store.storeDirectory), to: context.output)
    }
}
