package import ArgumentParser
import LocalStore
import NodeosStore
import Realisation
import StoreModel
import SystemSupport

/// `realise`: build or fetch what is missing.
package struct RealiseCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "realise",
        abstract: "Make derivations' outputs valid: fetch, build, register.",
        discussion: """
            Prints the output paths. What is there already is not looked behind. An interrupted run \
            goes on where it was. Outputs are named as DRV!out,lib; without names all are made. The \
            name of a recipe, where there is no file of that name, stands for its derivation, which \
            is made as 'instantiate' does.

            Example:
              nodeos-store realise barebones-preview
              nodeos-store realise barebones.drv --add-root barebones
              nodeos-store realise barebones.drv --dry-run
              nodeos-store realise --check --keep-failed barebones.drv
              nodeos-store realise --substituters https://cache.example --trusted-key cache.pub x.drv
            """,
        aliases: ["realize"])

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var realising: BuildAndCacheOptions

    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Flag(
        help: ArgumentHelp(
            "Build the derivations named, but not what they need, again and compare the bytes.",
            discussion: """
                Exit status 104 when they differ; the valid outputs stay as they are. What is not \
                valid is built first. Downloads that are named are fetched again.
                """))
    var check = false

    @Flag(
        help: "Read the outputs that are there, and all they refer to, and repair what is damaged.")
    var repair = false
    @OptionGroup
    var sources: RepairOptions

    @Option(
        help: ArgumentHelp(
            "Give what is built, with all it refers to, to the binary cache <url> meanwhile.",
            discussion: """
                As 'copy --to' does; what cannot be given is told, and fails no build. What was there \
                before is not given.
                """, valueName: "url"))
    var push: String?
    @OptionGroup(title: "For --push")
    var giving: GivingOptions

    @Option(
        help: ArgumentHelp(
            "Make <link> point to the output and keep it from being collected.",
            discussion: "More outputs get <link>-2, <link>-3 and so on.", valueName: "link"),
        transform: PlaceArgument.file)
    var addRoot: String?

    @Argument(
        help: ArgumentHelp("Derivations, store paths, or recipes.", valueName: "drv-or-path"),
        completion: .recipesOrFiles)
    var paths: [String]

    /// Nothing to realise yet.
    package init() {}

    /// Options of a push without one say that something was forgotten.
    package func validate() throws {
        guard push != nil || !giving.areGiven else {
            throw ValidationError(
                "--sign, --compression, --compression-level and --token-file are for --push URL.")
        }
        if let push, case .cache = try CopyPlace.parse(push) { return }
        if push != nil {
            throw ValidationError(
                "--push takes the URL of a binary cache: file://, http://, https:// or s3://.")
        }
    }

    /// Does the work.
    package func run(in context: CommandContext) async throws {
        let session = try store.session(context, .creating)
        let localStore = session.store
        let goals = try paths.map { try goal($0, localStore, context) }
        if repair, !dryRun { try await repair(goals, localStore, context) }
        let checks = check ? realising.building.rounds : 0
        if dryRun {
            return try output.print(
                try await realising.outlook(goals, checks: checks, in: localStore, context),
                to: context.output)
        }
        let push = try push.map {
            (try giving.address($0, context), giving.packing, try giving.key(context))
        }
        let realised = try await realising.realise(
            goals, checks: checks, in: localStore, context, pushing: push)
        if let addRoot {
            try session.addRoots(
                link: PlainPath.of(context.absolute(addRoot)), to: realised.paths)
        }
        try output.print(
            RealisedAnswer(realised: realised, store: session.storeDirectory), to: context.output)
    }

    /// Makes whole what is valid of the goals, and all it refers to.
    private func repair(
        _ goals: [Goal], _ localStore: LocalStore, _ context: CommandContext
    ) async throws {
        let paths = try localStore.database.validPaths(among: goals.map(\.item))
        let closure = try localStore.outputClosure(of: paths)
        let findings = try await localStore.verifyContents(
            of: closure, workers: try Processors.workers()
        )
        .filter(\.isDamage)
        guard !findings.isEmpty else { return }
        for finding in findings {
            try context.errorOutput.print("\(finding)\(Hints.remedy(finding))")
        }
        guard
            try await sources.repair(
                findings, in: localStore, realising.building, context)
        else {
            throw SilentExit(.failure)
        }
    }

    private func goal(_ text: String, _ localStore: LocalStore, _ context: CommandContext) throws
        -> Goal
    {
        let parts = text.split(
            maxSplits: 1, omittingEmptySubsequences: false,
            whereSeparator: { $0 == "!" || $0 == "^" })
        let argument = StoreArgument(localStore, context, recipes: .addedDerivation)
        let path = try argument.path(String(parts[0]))
        guard path.isDerivation else { return .path(path) }
        let names = parts.count > 1 ? parts[1].split(separator: ",").map { String($0) } : []
        return .outputs(of: path, names == ["*"] ? [] : Set(names))
    }
}
