public import ArgumentParser
import Audits
import Glibc
import LocalStore
import Realisation
import StoreDatabase
import StoreModel
import SystemSupport

/// `audit rebuild`: build again in other surroundings, and say what makes a difference.
public struct RebuildAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Build derivations again under varied conditions and say what they depend on.",
        discussion: """
            Builds in scratch directories from the valid inputs, compares with what is valid, and \
            registers nothing. With binary caches, outputs that are not there are taken first, and \
            what they are built from is taken or built: is what the caches give reproducible here? First nothing is varied, then everything at once, then halves of \
            what makes a difference. Exit status 0 when all is the same, 104 when something \
            differs, 100 when a builder fails, 3 when something could not be built again. See \
            docs/manual/comparing.md for how each is varied.

            Examples:
              nodeos-store audit rebuild --vary all hello.drv
              nodeos-store audit rebuild --graph --vary cores,umask --json barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var realising: BuildAndCacheOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "What to vary, separated by commas; 'all' for everything.",
            discussion: "time, cores, kernel-name, path-root, umask, locale, order.",
            valueName: "list"))
    var vary: String = ""

    @Option(name: .customLong("diff"), help: DiffChoice.help)
    var choice = DiffChoice.simple

    @Flag(help: "Also everything that the derivations are built from, but what a hash fixes.")
    var graph = false

    @Argument(help: "Derivations, or links to them.", completion: .recipesOrFiles)
    var paths: [String]

    /// Nothing built yet.
    public init() {}

    /// Refuses words that mean nothing.
    public func validate() throws { _ = try variations() }

    private func variations() throws -> [Variation] {
        if vary == "all" { return Variation.allCases }
        let words = vary.split(separator: ",").map(String.init)
        for word in words where Variation(rawValue: word) == nil {
            let known = Variation.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--vary knows \(known) and all, not '\(word)'.")
        }
        return Variation.allCases.filter { words.contains($0.rawValue) }
    }

    /// Builds and prints.
    public func run(in context: CommandContext) async throws {
        let localStore = try store.open(context, mayWrite: true)
        let variations = try variations()
        let building = realising.building
        try await take(localStore, context)
        let (chosen, skipped) = try chosen(localStore, context)
        let display = building.display(context)
        let cores =
            building.cores > 0 ? building.cores : Processors.count
        let run = RebuildRun(
            store: localStore, realiser: try building.realiser(localStore, context, display),
            surroundings: try VariedSurroundings(cores: cores, context), variations: variations,
            rounds: building.rounds, choice: choice, context: context,
            work: try WorkDirectory(context))
        try localStore.removeLeftovers()
        let jobs = building.jobs
        let records = try await Interruption.cancellingOnSignals(display: display) {
            try await Self.records(of: chosen, jobs: jobs, run)
        }
        let named = try StoreArgument(layout: localStore.layout, context: context).paths(paths)
        let answer = RebuildAuditAnswer(
            records: records, skipped: skipped, varied: variations,
            header: AnswerHeader(.rebuild, store: localStore.storeDirectory, subjects: named))
        try output.print(answer, to: context.output)
        guard answer.status == .success else { throw SilentExit(answer.status) }
    }

    /// Takes from the caches that are named what is missing of the derivations and their outputs, and
    /// makes valid what those outputs are built from.
    private func take(_ localStore: LocalStore, _ context: CommandContext) async throws {
        guard realising.caches.areNamed(context) else { return }
        let named = try StoreArgument(localStore, context).paths(paths)
        let isWhole = graph
        try await realising.withRealiser(for: localStore, context) { realiser in
            try await realiser.take(named)
            let derivations = try Self.derivations(named, isWhole, localStore)
                .filter(\.isDerivation)
                .map { try localStore.derivations.derivation($0) }
                .filter { $0.fixedOutput == nil }
            try await realiser.take(derivations.flatMap { $0.outputs.values.compactMap(\.path) })
            var inputs: [Goal] = []
            for derivation in derivations {
                let outputs = derivation.outputs.values.compactMap(\.path)
                // What nobody has is not built again, either.
                guard try localStore.database.validPaths(among: outputs).count == outputs.count
                else { continue }
                try await realiser.take(Array(derivation.inputSources))
                inputs += derivation.inputDerivations.map { .outputs(of: $0.key, $0.value) }
            }
            try await realiser.realise(inputs)
        }
    }

    /// The derivations that are named, and perhaps those behind them.
    private static func derivations(
        _ named: [StorePath], _ isWhole: Bool, _ localStore: LocalStore
    ) throws -> [StorePath] {
        guard isWhole else { return named }
        return try named
            + localStore.database.closure(of: Set(named)).filter {
                $0.isDerivation && !named.contains($0)
            }.sorted()
    }

    /// Builds `jobs` derivations at once; the records are in the order of `chosen`.
    private static func records(
        of chosen: [(StorePath, Derivation)], jobs: Int, _ run: RebuildRun
    ) async throws -> [RebuildRecord] {
        try await withThrowingTaskGroup(of: (Int, RebuildRecord).self) { group in
            var records: [Int: RebuildRecord] = [:]
            var next = 0
            while records.count < chosen.count {
                while next < chosen.count, next - records.count < jobs {
                    let (index, (path, derivation)) = (next, chosen[next])
                    next += 1
                    group.addTask { (index, try await run.run(path, derivation)) }
                }
                guard let (index, record) = try await group.next() else { break }
                records[index] = record
            }
            return records.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The derivations to build, and those that cannot be.
    private func chosen(
        _ localStore: LocalStore, _ context: CommandContext
    ) throws -> ([(StorePath, Derivation)], skipped: [(path: StorePath, reason: String)]) {
        let named = try StoreArgument(localStore, context).paths(paths)
        let all = try Self.derivations(named, graph, localStore)
        var chosen: [(StorePath, Derivation)] = []
        var skipped: [(path: StorePath, reason: String)] = []
        for path in all {
            guard path.isDerivation else { throw RealisationError.notCheckable(path) }
            let derivation = try localStore.derivations.derivation(path)
            if derivation.fixedOutput != nil {
                if named.contains(path) { skipped.append((path, "a hash fixes what it makes")) }
                continue
            }
            let outputs = derivation.outputs.values.compactMap(\.path)
            if try outputs.allSatisfy({ try localStore.database.isValid($0) }) {
                chosen.append((path, derivation))
            } else {
                skipped.append((path, "its outputs are not valid here; realise it first"))
            }
        }
        return (chosen, skipped)
    }
}
