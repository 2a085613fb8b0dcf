import Archives
package import ArgumentParser
package import Audits
import LocalStore
import Primitives
import Realisation
import Reproduction
import StoreModel
import SystemSupport

/// `audit rebuild`: build again in other surroundings, and say what makes a difference.
package struct AuditRebuildCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
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
    package init() {}

    /// Refuses words that mean nothing.
    package func validate() throws { _ = try variations() }

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
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context, mayWrite: true)
        let variations = try variations()
        let building = realising.building
        let named = try StoreArgument(localStore, context).paths(paths)
        let withGraph = graph
        if realising.caches.areNamed(context) {
            try await realising.withRealiser(for: localStore, context) { realiser in
                try await RebuildSelection.take(
                    named, withGraph: withGraph, in: localStore, with: realiser)
            }
        }
        let selection = try RebuildSelection(of: named, withGraph: withGraph, in: localStore)
        let display = building.display(context)
        let cores = building.cores(context)
        let run = RebuildRun(
            in: localStore, with: try building.realiser(localStore, context, display),
            try VariedSurroundings(cores: cores, scratch: context.scratch), varying: variations,
            rounds: building.rounds, inspector: choice.inspector(context), now: context.now
        ) { path, varied in
            let words = varied.isEmpty ? "nothing" : varied.map(\.rawValue).joined(separator: ", ")
            // The answer tells what was found; this is only to see that something is going on.
            try? context.errorOutput.print("building \(path.name) again, varied: \(words)")
        }
        try localStore.removeLeftovers()
        let jobs = building.jobs(context)
        let records = try await Interruption.cancellingOnSignals(display: display) {
            try await run.run(selection.chosen, jobs: jobs)
        }
        let answer = RebuildsAnswer(
            records, skipped: selection.skipped, varied: variations,
            in: localStore.storeDirectory, subjects: named)
        try output.print(answer, to: context.output)
        guard answer.status == .success else { throw SilentExit(answer.status) }
    }
}

extension RebuildsAnswer: CommandAnswer {
    /// 104 and 100, or-ed; 3 when nothing differs and something could not be built again.
    fileprivate var status: ExitStatus {
        var status = ExitStatus.success
        if failedCount > 0 { status = status.union(.buildFailed) }
        if differentCount > 0 { status = status.union(.notDeterministic) }
        return status == .success && !skipped.isEmpty ? .inconclusive : status
    }

    package func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = skipped.map {
            "\($0.derivation.name): not built again: \($0.reason)"
        }
        for record in records {
            let isSame = record.verdict == .same
            lines.append(
                "\(record.derivation.name): \(output.coloured(record.sentence, isSame ? "32" : "1;31"))"
            )
            for difference in record.differences {
                lines.append("  output '\(difference.output)':")
                lines += difference.report.lines.map { "    \($0)" }
            }
        }
        lines.append(
            "\(records.count) derivations built again: \(sameCount) the same, "
                + "\(differentCount) different, \(failedCount) failed, \(skipped.count) not tried")
        return lines.lines
    }
}
