public import ArgumentParser
import LocalStore
import StoreModel

/// `why-depends`: what makes one store path need another.
public struct WhyDependsCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "why-depends",
        abstract: "Say why a store path needs another: the way from one to the other.",
        discussion: """
            Follows references: of a built path, what it refers to at run time; of a .drv, the \
            derivations and sources it is built from. With --precise each step names the file, \
            the offset in bytes and what stands around it, or the symbolic link. That there is no \
            dependency is an answer too (exit status 0, as with `nix why-depends`; in JSON \
            `depends`).

            Examples:
              nodeos-store why-depends --precise ./result /nodeos/store/…-gcc
              nodeos-store why-depends --all barebones.drv gcc-seed.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions
    @Flag(help: "All ways, not just a shortest; with --precise all files, not just the first.")
    var all = false
    @Flag(help: "Name the file, offset and surroundings of every reference.")
    var precise = false

    @Argument(help: "What needs the other.", completion: .recipesOrFiles)
    var path: String
    @Argument(help: "What is needed.", completion: .recipesOrFiles)
    var dependency: String

    /// The command without arguments.
    public init() {}

    /// Finds the ways and prints them.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let argument = StoreArgument(store, context, recipes: .outputs)
        var reasons = try DependencyReasons(
            of: argument.path(path), on: argument.path(dependency), all: all, in: store)
        if precise { try reasons.locate(all: all, in: store) }
        try output.print(
            WhyDependsAnswer(
                reasons: reasons, isPrecise: precise, directory: store.storeDirectory),
            to: context.output)
    }
}
