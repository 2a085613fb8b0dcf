package import ArgumentParser
package import Audits
import LocalStore
import Primitives
import Recipes
import StoreModel
import SystemSupport

/// `audit seeds`: the proof that nothing leads back to the binary seeds.
package struct AuditSeedsCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "seeds",
        abstract: "Look for any trace of the binary seeds in what was built from them.",
        discussion: """
            Lists the seeds and why each is there. Walks everything that the final outputs reach and looks \
            into every file, deeper than the reference scanner: hidden forms of hashes, archives and \
            compressed streams inside each other, paths of the machine the seeds come from, files equal \
            to a seed's. Exit status 0 when nothing was found, 1 when something was, 3 when nothing was \
            found but something could not be looked at: a damaged or encrypted archive, seeds that \
            are not in the store to be compared with. See docs/manual/audit.md for what this shows.

            Example:
              nodeos-store audit seeds barebones.drv
              nodeos-store audit seeds --json barebones.drv | jq .findings
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .shortAndLong, help: "How many files are looked into at once; 0 means one a core.")
    var jobs = 0

    @Argument(
        help: "Derivations whose graph is audited, or links to them.", completion: .recipesOrFiles)
    var paths: [String]

    /// Nothing audited yet.
    package init() {}

    /// Audits and prints the report.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let goals = try StoreArgument(localStore, context).paths(paths)
        let cores = Processors.count
        let audit = SeedAudit(
            localStore, reasons: Self.reasons(),
            temporaryDirectory: context.variable("TMPDIR").map(context.absolute) ?? "/var/tmp",
            workers: jobs > 0 ? jobs : cores)
        let errors = context.errorOutput
        let report = try await audit.run(goals) { done, total in
            guard errors.isTerminal else { return }
            // A line of progress that nobody can see is no reason to stop.
            try? errors.write(.clearedLine + "looked into \(done) of \(total) files" as StyledText)
        }
        // As above.
        if errors.isTerminal { try? errors.write(StyledText.clearedLine) }
        try output.print(
            SeedAnswer(report, in: localStore.storeDirectory, subjects: goals), to: context.output)
        switch report.verdict {
        case .clean: return
        case .found: throw SilentExit(.failure)
        case .inconclusive: throw SilentExit(.inconclusive)
        }
    }

    /// Why each seed cannot be done without, of every processor that has seeds.
    private static func reasons() -> [Digest: String] {
        var reasons: [Digest: String] = [:]
        for cpu in CPU.allCases {
            // A processor without seeds has no manifest.
            guard let manifest = try? SeedManifest.embedded(for: cpu) else { continue }
            for package in manifest.groups.flatMap(\.packages) {
                reasons[package.source.digest] = package.reason
            }
        }
        return reasons
    }
}

extension SeedAnswer: CommandAnswer {
    package func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = [
            "seeds: \(seeds.count) downloads, \(ByteCount(seedBytes))"
        ]
        lines += seeds.map { seed in
            let size = seed.size.map { "\(ByteCount($0))" } ?? "unknown size"
            let reason = seed.reason ?? "NO REASON GIVEN: no manifest in bootstrap-seeds/ lists it"
            return "  \(seed.path.name), \(size): \(reason)"
        }
        lines.append("they become:")
        lines += seedItems.map { "  \(header.store.path(of: $0))" }
        lines.append(
            "not to be reached either: \(earlierItems.count) outputs of the steps between")
        lines += earlierItems.map { "  \(header.store.path(of: $0))" }
        lines.append(
            "looked into: \(outputs.count) outputs, and in them \(memberCount) packed "
                + "members (\(ByteCount(memberByteCount)))")
        lines += outputs.map { "  \(header.store.path(of: $0))" }
        if !explained.isEmpty {
            lines.append("judged before to lead back to nothing:")
            lines += explained.flatMap {
                entry($0) + ["    because: \($0.explanation ?? "")"]
            }
        }
        let traces = findings.filter { !$0.isUnread }
        if !traces.isEmpty {
            lines.append(output.coloured("found:", "1;31"))
            lines += traces.flatMap(entry)
        }
        if unreadCount > 0 {
            lines.append(output.coloured("could not be looked into:", "33"))
            lines += findings.filter(\.isUnread).flatMap(entry)
        }
        if !isComplete {
            lines.append("not compared byte by byte, because they are not in the store:")
            lines += absentSeedItems.map { "  \(header.store.path(of: $0))" }
        }
        lines.append(sentence(output))
        return lines.lines
    }

    private func entry(_ finding: Finding) -> [StyledText] {
        let more = finding.count > 1 ? " (and \(finding.count - 1) more)" : ""
        let place = finding.category == .requisite ? "" : ": \(finding.place.oneLine)"
        return ["  \(finding.output.name)\(place)\(more)", "    \(finding.what)"]
    }

    private func sentence(_ output: CommandOutput) -> StyledText {
        let extent =
            "in \(fileCount) files and \(ByteCount(byteCount)) of "
            + "\(outputs.count) outputs"
        let unread =
            unreadCount == 0 ? [] : ["\(unreadCount) places could not be looked into"]
        let absent =
            isComplete
            ? [] : ["\(absentSeedItems.count) seeds could not be compared byte by byte"]
        let rest = (unread + absent).joined(separator: ", ")
        switch verdict {
        case .clean: return output.coloured("verdict: nothing found \(extent)", "32")
        case .inconclusive:
            return output.coloured("verdict: inconclusive \(extent): \(rest)", "33")
        case .found:
            let count = findings.count - unreadCount
            let more = rest.isEmpty ? "" : ", and \(rest)"
            return output.coloured("verdict: \(count) findings \(extent)\(more)", "1;31")
        }
    }
}
