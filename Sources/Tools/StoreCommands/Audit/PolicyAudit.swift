public import ArgumentParser
import Audits
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import Substitutes
import SystemSupport

/// `audit policy`: do enough named builders agree?
public struct PolicyAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Ask whether k of n named builders agree, and say who said what.",
        discussion: """
            The policy (docs/formats/policy.md) names builders by their keys, and how many of \
            them must say the same of which paths. What counts are signed manifests, and signed \
            paths of binary caches. What is valid in this store must be what they agree on. \
            Asked are the outputs of the paths, or without paths all that the manifests tell of.

            Exit status 0: enough builders agree on every path. 2: some disagree, or what is \
            here is something else. 3: too few say anything, or no rule is about a path.

            Example:
              nodeos-store audit policy policy.json --manifest alice.json --manifest bob.json barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .customLong("manifest"),
        help: ArgumentHelp("A signed manifest: a file or URL; repeatable.", valueName: "manifest"),
        completion: .file())
    var manifests: [String] = []

    @Option(
        help: ArgumentHelp(
            "URLs of binary caches, separated by spaces; repeatable.", valueName: "urls"))
    var substituters: [String] = []

    @Flag(help: "Also everything that the paths refer to, as far as it is here.")
    var closure = false

    @Flag(name: .shortAndLong, help: "Say who said what of paths that are agreed on, too.")
    var verbose = false

    @Argument(help: "The policy.", completion: .file())
    var policy: String

    @Argument(
        help: "Store paths or links to them; a .drv stands for its outputs.",
        completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    public init() {}

    /// Refuses to judge without witnesses.
    public func validate() throws {
        guard !(manifests + substituters).isEmpty else {
            throw ValidationError("Name who is asked: --manifest or --substituters.")
        }
        guard !manifests.isEmpty || !paths.isEmpty else {
            throw ValidationError("A cache does not tell what it has: name store paths.")
        }
    }

    /// Judges and prints the answer.
    public func run(in context: CommandContext) async throws {
        let bytes = try FileBytes.read(
            path: context.absolute(policy), limit: AgreementPolicy.maximumSize)
        let policy = try AgreementPolicy(parsing: bytes, from: policy)
        let localStore = try store.open(context)
        let reader = AuditSideReader(context: context, keys: [])
        var sides = try manifests.map { try reader.side($0) }
        let goals = try StoreArgument(localStore, context).paths(paths)
        let asked = try asked(goals, sides, localStore)
        for url in substituters.flatMap({ $0.split(separator: " ") }) {
            let cache = try BinaryCache.of(String(url), localStore.storeDirectory, context)
            sides.append(try await CacheAuditReader(cache: cache, keys: []).side(asked))
        }
        let judge = try AgreementJudge(policy, sides, store: localStore.storeDirectory)
        let verdicts = try asked.map { path in
            judge.verdict(
                path, local: try localStore.database.info(path).map { ManifestEntry($0) })
        }
        let answer = AgreementAnswer(
            verdicts: verdicts, remarks: judge.remarks,
            header: AnswerHeader(.policy, store: localStore.storeDirectory, subjects: goals),
            isVerbose: verbose)
        try output.print(answer, to: context.output)
        if answer.count(.disputed) > 0 { throw SilentExit(.mismatch) }
        guard !verdicts.isEmpty, answer.count(.agreed) == verdicts.count else {
            throw SilentExit(.inconclusive)
        }
    }

    private func asked(
        _ goals: [StorePath], _ sides: [AuditSide], _ localStore: LocalStore
    ) throws -> [StorePath] {
        guard !goals.isEmpty else {
            return Set(sides.flatMap { $0.manifest.entries.keys }).sorted()
        }
        let database = localStore.database
        var asked = Set(
            try goals.flatMap { goal in
                goal.isDerivation ? Array(try database.outputs(of: goal).values) : [goal]
            })
        if closure {
            asked.formUnion(try database.closure(of: database.validPaths(among: asked)))
        }
        return asked.sorted()
    }
}
