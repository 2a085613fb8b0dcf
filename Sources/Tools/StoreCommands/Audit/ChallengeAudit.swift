public import ArgumentParser
import Audits
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import Substitutes

/// `audit challenge`: do binary caches serve what was built here?
public struct ChallengeAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "challenge",
        abstract: "Compare what was built here with what binary caches serve.",
        discussion: """
            As 'guix challenge': asks each cache for the hashes of store paths, without trusting \
            any and without downloading contents. Paths that are not in this store are compared \
            between the caches. A .drv stands for its outputs; without paths everything that was \
            built here is asked for.

            Exit status 0: everything matches. 2: something does not. 3: no mismatch, but not \
            everything could be compared. See docs/manual/agreement.md.

            Examples:
              nodeos-store audit challenge --substituters https://cache.example barebones.drv
              nodeos-store audit challenge --substituters file:///mnt/cache --closure ./result --verbose
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var trust: TrustedKeyOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "URLs of binary caches, separated by spaces; repeatable.", valueName: "urls"))
    var substituters: [String]

    @Flag(help: "Also everything that the paths refer to.")
    var closure = false

    @Flag(name: .shortAndLong, help: "List matches and everything that follows, too.")
    var verbose = false

    @Argument(help: "Store paths or links to them.", completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    public init() {}

    /// Asks the caches and prints the answer.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let keys = try trust.keys(context)
        let goals = try StoreArgument(localStore, context).paths(paths)
        let maker = ManifestMaker(localStore, tool: ManifestAudit.tool)
        var (manifest, wanted) = try local(goals, localStore, maker)
        if goals.isEmpty {
            manifest.entries = manifest.entries.filter { $0.value.origin.isBuilt }
            wanted = Set(manifest.entries.keys)
        }
        var sides = [AuditSide(name: "this store", manifest: manifest)]
        let asked = wanted.sorted()
        for url in substituters.flatMap({ $0.split(separator: " ") }) {
            let cache = try BinaryCache.of(String(url), localStore.storeDirectory, context)
            sides.append(try await CacheAuditReader(cache: cache, keys: keys).side(asked))
        }
        try ComparisonAnswer(
            comparison: try AuditComparison(sides, only: wanted), subjects: Set(goals),
            isVerbose: verbose
        ).print(output, to: context)
    }

    /// What is here of `goals`, and what is to be asked for.
    private func local(
        _ goals: [StorePath], _ localStore: LocalStore, _ maker: ManifestMaker
    ) throws -> (Manifest, Set<StorePath>) {
        guard !goals.isEmpty else { return (try maker.manifestOfEverything(), []) }
        var wanted = Set(
            try goals.flatMap { goal in
                goal.isDerivation
                    ? Array(try localStore.database.outputs(of: goal).values) : [goal]
            })
        let valid = try localStore.database.validPaths(among: wanted)
        let manifest =
            try closure
            ? maker.manifest(of: valid.sorted(), withBuildGraph: false)
            : maker.manifest(ofOnly: valid.sorted())
        wanted.formUnion(manifest.entries.keys)
        return (manifest, wanted)
    }
}
