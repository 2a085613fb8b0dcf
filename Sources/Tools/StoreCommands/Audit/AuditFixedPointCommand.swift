import Archives
package import ArgumentParser
import Audits
import LocalStore
import NodeosStore
import Primitives
import Realisation
import Recipes
import Reproduction
import StoreModel

/// `audit fixed-point`: does a toolchain that is built by itself come out the same?
package struct AuditFixedPointCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
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
    package init() {}

    private var isToolchain: Bool { generations == ["toolchain"] }

    /// Refuses what leaves nothing to compare.
    package func validate() throws {
        guard isToolchain || generations.count > 1 else {
            throw ValidationError("Name 'toolchain', or at least two generations of your own.")
        }
        guard limit > 1 else {
            throw ValidationError("--limit must be at least 2: one generation is no comparison.")
        }
    }

    /// Builds, compares, and prints.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.openOrMake(context)
        let goals = try goals(localStore, context)
        if dryRun {
            return try output.print(
                try await realising.outlook(goals.flatMap { $0 }, in: localStore, context),
                to: context.output)
        }
        let work = try WorkDirectory(in: context.scratch)
        let search = FixedPointSearch(
            goals, in: localStore, inspector: choice.inspector(context), scratch: work,
            isThere: { goals in
                // Only for a line that is printed: realising plans again, and throws.
                (try? Realiser.plan(
                    goals, in: localStore, assumesFixed: realising.building.assumeFixed))?.isEmpty
                    == true
            },
            realise: { goals in
                try await realising.realise(goals, in: localStore, context).goals.map(\.outputs)
            },
            onEvent: { event in
                // The answer comes at the end; without this line it is still an answer.
                try? context.errorOutput.print(Self.sentence(event))
            })
        let answer = FixedPointAnswer(
            result: try await search.run(), store: localStore.storeDirectory)
        try output.print(answer, to: context.output)
        guard answer.result.fixedPoint != nil else { throw SilentExit(.mismatch) }
    }

    private static func sentence(_ event: FixedPointSearch.Event) -> String {
        switch event {
        case .making(let generation): "generation \(generation) is not there yet: making it"
        case .comparing(let generation): "comparing generation \(generation) with \(generation - 1)"
        case .different(let generation, let count, let all):
            "generation \(generation) is not the same: \(count) of \(all) packages differ"
        }
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

/// The answer of `audit fixed-point`.
private struct FixedPointAnswer: CommandAnswer {
    let result: FixedPointSearch.Outcome
    let store: StoreDirectory

    // MARK: For programs

    var json: JSONValue {
        .object([
            "fixedPoint": result.fixedPoint.map { .count($0) } ?? .null,
            "generations": .array(result.generations.map(paths)),
            "comparisons": .array(result.comparisons.enumerated().map(json)),
        ])
    }

    private func json(_ index: Int, _ comparison: GenerationComparison) -> JSONValue {
        let pairing = comparison.pairing
        return .object([
            "first": .count(index + 1), "second": .count(index + 2),
            "equal": .bool(comparison.isEqual),
            "builtFromFirst": .bool(result.successors.contains(index + 2)),
            "packages": .array(comparison.items.map(json)),
            "leaks": paths(pairing.leaks.sorted()), "shared": paths(pairing.shared.sorted()),
            "onlyInFirst": paths(pairing.onlyInFirst.sorted()),
            "onlyInSecond": paths(pairing.onlyInSecond.sorted()),
        ])
    }

    private func json(_ item: GenerationComparison.Item) -> JSONValue {
        .object([
            "name": .string(item.pair.first.name),
            "first": .string(store.path(of: item.pair.first)),
            "second": .string(store.path(of: item.pair.second)),
            "equal": .bool(item.isEqual),
            "ownDigests": .strings(item.ownDigests.map(\.explanation)),
            "difference": item.report?.json ?? .null,
        ])
    }

    private func paths(_ paths: [StorePath]) -> JSONValue {
        .strings(paths.map(store.path(of:)))
    }

    // MARK: For people

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = []
        for (index, comparison) in result.comparisons.enumerated() {
            lines.append("generation \(index + 2) beside \(index + 1):")
            lines += self.lines(comparison, output).map { "  \($0)" }
        }
        lines.append(output.coloured(verdict, result.fixedPoint == nil ? "1;31" : "32"))
        return lines.lines
    }

    private func lines(_ comparison: GenerationComparison, _ output: CommandOutput) -> [StyledText]
    {
        let pairing = comparison.pairing
        let equal = comparison.items.filter { $0.report == nil }.map(\.pair.first.name)
        var lines: [StyledText] = []
        if !equal.isEmpty { lines.append("equal: \(equal.joined(separator: ", "))") }
        for item in comparison.items {
            guard let report = item.report else { continue }
            lines.append(
                item.isEqual
                    ? "equal but for digests of itself: \(item.pair.first.name)"
                    : output.coloured("differs: \(item.pair.first.name)", "1;31"))
            if item.isEqual {
                lines += Set(item.ownDigests.map(\.explanation)).sorted().map { "    \($0)" }
            } else {
                lines.append("    \(store.path(of: item.pair.first))")
                lines.append("    \(store.path(of: item.pair.second))")
                if report.isEmpty {
                    lines.append("    references stand where the other has the text in their stead")
                }
            }
            lines += report.lines.map { "    \($0)" }
        }
        for (paths, what) in [
            (pairing.leaks, "the later still refers to the earlier's"),
            (pairing.onlyInFirst, "only the earlier has"),
            (pairing.onlyInSecond, "only the later has"),
        ] {
            lines += paths.sorted().map { "\(what): \(store.path(of: $0))" }
        }
        if !pairing.shared.isEmpty {
            lines.append("referred to by both, and not built anew: \(pairing.shared.count) paths")
        }
        return lines
    }

    /// The last line.
    private var verdict: String {
        if let generation = result.fixedPoint {
            let next = generation + 1
            guard result.successors.contains(next) else {
                return
                    "equal: generation \(next) is the same as \(generation) but for the hashes in their "
                    + "own paths; its derivation does not say that one made the other"
            }
            return
                "a fixed point: generation \(next) is built from generation \(generation), and they "
                + "are equal but for the hashes in their own paths"
        }
        guard let last = result.comparisons.last else { return "nothing was compared" }
        let different = last.items.count { !$0.isEqual }
        return "no fixed point: generation \(result.generations.count) is not the same as "
            + "\(result.generations.count - 1) (\(different) of \(last.items.count) packages differ)"
    }
}
