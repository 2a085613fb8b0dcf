import Archives
public import ArgumentParser
import Audits
import LocalStore
import Realisation
import Recipes
import StoreDatabase
import StoreModel

/// `audit fixed-point`: does a toolchain that is built by itself come out the same?
public struct FixedPointAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "fixed-point",
        abstract: "Build a toolchain with itself until it comes out the same.",
        discussion: """
            'toolchain' is the native toolchain: generation 1 is what the cross toolchain makes, each \
            later one is built by the same recipes and the one before it alone. Derivations (or \
            store paths) are generations of your own, in their order. Generations are realised when \
            they are missing (for the toolchain that takes hours; see --dry-run) and each is compared \
            with the one before it, with all it refers to, until two are equal. The hash parts of \
            their own paths count as the same.

            Exit status 0: a generation is the same as the one before it. 2: none is. 100 and so on: a \
            build failed. See docs/manual/fixed-point.md.

            Examples:
              nodeos-store audit fixed-point toolchain --dry-run
              nodeos-store audit fixed-point --limit 4 --json toolchain
              nodeos-store audit fixed-point compiler-1.drv compiler-2.drv compiler-3.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var realising: BuildAndCacheOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be built, and do nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("The last generation of the toolchain that is built.", valueName: "n"))
    var limit = 3

    @Option(help: "The processor of the toolchain.")
    var cpu = CPU.x8664

    @Option(name: .customLong("diff"), help: DiffChoice.help)
    var choice = DiffChoice.simple

    @Argument(
        help: ArgumentHelp(
            "'toolchain', or at least two derivations or store paths.",
            valueName: "toolchain-or-drv"),
        completion: .recipesOrFiles)
    var generations: [String]

    /// Nothing built yet.
    public init() {}

    private var isToolchain: Bool { generations == ["toolchain"] }

    /// Refuses what leaves nothing to compare.
    public func validate() throws {
        guard isToolchain || generations.count > 1 else {
            throw ValidationError("Name 'toolchain', or at least two generations of your own.")
        }
        guard limit > 1 else {
            throw ValidationError("--limit must be at least 2: one generation is no comparison.")
        }
    }

    /// Builds, compares, and prints.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.openOrMake(context)
        let goals = try goals(localStore, context)
        if dryRun {
            return try output.print(
                try await realising.outlook(goals.flatMap { $0 }, in: localStore, context),
                to: context.output)
        }
        let search = FixedPointSearch(
            goals: goals, store: localStore, realising: realising, choice: choice, context: context,
            work: try WorkDirectory(context))
        let answer = FixedPointAnswer(
            result: try await search.run(), store: localStore.storeDirectory)
        try output.print(answer, to: context.output)
        guard answer.result.fixedPoint != nil else { throw SilentExit(.mismatch) }
    }

    /// What has to be realised for each generation.
    private func goals(_ localStore: LocalStore, _ context: CommandContext) throws -> [[Goal]] {
        guard isToolchain else {
            return try StoreArgument(localStore, context, recipes: .addedDerivation)
                .paths(generations).map { [$0.isDerivation ? .outputs(of: $0, []) : .path($0)] }
        }
        let graph = try PackageGraph.nodeos(for: cpu, toolchainGenerations: limit)
        let names = (1...limit).map(PackageGraph.toolchainNames(generation:))
        let lowered = try graph.lower(names.flatMap { $0 }, in: localStore.storeDirectory)
        try localStore.add(lowered)
        var rest = lowered.goals[...]
        return names.map { names in
            defer { rest = rest.dropFirst(names.count) }
            return rest.prefix(names.count).map { .outputs(of: $0, []) }
        }
    }
}
