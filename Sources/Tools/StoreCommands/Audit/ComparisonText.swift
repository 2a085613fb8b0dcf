import Audits
import Primitives
import StoreModel

/// What `audit compare` and `audit challenge` print.
struct ComparisonText: CommandAnswer {
    private let comparison: AuditComparison
    private let answer: ComparisonAnswer
    private let isVerbose: Bool

    private var store: StoreDirectory { answer.header.store }

    /// How many paths of a kind are listed unless everything is asked for.
    private static let listed = 10

    /// - Parameter subjects: what was asked about; empty when that was everything.
    init(
        _ comparison: AuditComparison, subjects: some Sequence<StorePath>, isVerbose: Bool
    ) {
        self.comparison = comparison
        self.isVerbose = isVerbose
        answer = ComparisonAnswer(comparison, subjects: subjects)
    }

    /// Prints the answer, and ends with the status it stands for.
    func print(_ options: OutputOptions, to context: CommandContext) throws {
        try options.print(self, to: context.output)
        switch answer.verdict {
        case .match: return
        case .mismatch: throw SilentExit(.mismatch)
        case .inconclusive: throw SilentExit(.inconclusive)
        }
    }

    var json: JSONValue { answer.json }

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = []
        for (index, side) in comparison.sides.enumerated() {
            let facts = [
                "\(side.manifest.entries.count) paths", side.manifest.machine?.description,
                side.signer.map { "signed by \($0)" },
            ].compactMap(\.self)
            lines.append("side \(index + 1): \(side.name): \(facts.joined(separator: "; "))")
        }
        lines += comparison.remarks.map { "note: \($0)" }
        for group in comparison.groups { lines += text(of: group, output) }
        let open = comparison.outputs.filter { $0.verdict == .inconclusive }
        if !open.isEmpty {
            lines.append("inconclusive:")
            lines += list(open) { "  \(store.path(of: $0.path)): \(reason($0))" }
        }
        if isVerbose {
            lines.append("match:")
            for match in comparison.outputs where match.verdict == .match {
                let hash = match.entries.lazy.compactMap { $0?.narHash.prefixedNix32 }.first ?? ""
                lines.append("  \(store.path(of: match.path)): \(hash)")
            }
        }
        lines.append(summary(output))
        return lines.lines
    }

    private func text(of group: DifferenceGroup, _ output: CommandOutput) -> [StyledText] {
        let name = group.deriver?.baseName ?? "a path without a known derivation"
        var lines = [output.coloured("differs first: \(name)", "1;31")]
        for path in group.outputs { lines += text(ofMismatch: path) }
        if !group.uncomparedInputs.isEmpty {
            lines.append("  not compared, so it may begin there:")
            lines += list(group.uncomparedInputs) { "    \(store.path(of: $0))" }
        }
        if !group.consequences.isEmpty {
            lines.append("  and \(group.consequences.count) that are built from it:")
            lines += list(group.consequences) { "    \(store.path(of: $0))" }
        }
        return lines
    }

    private func text(ofMismatch path: StorePath) -> [StyledText] {
        guard let output = comparison.output(path) else { return [] }
        var lines: [StyledText] = ["  \(store.path(of: path))"]
        for (index, entry) in output.entries.enumerated() {
            guard let entry else {
                lines.append("    \(index + 1)  -")
                continue
            }
            let size = "\(entry.narSize)"
            lines.append(
                "    \(index + 1)  \(entry.narHash.prefixedNix32)  \(size) bytes  \(origin(entry.origin))"
            )
        }
        let entries = output.entries.compactMap(\.self)
        if Set(entries.map(\.narHash)).count == 1 {
            lines.append(
                "    the contents have one hash, but sizes or references differ: a side was edited")
        } else if entries.contains(where: { $0.contentAddress != nil }) {
            lines.append(
                "    the path is made from the contents: a side is damaged, or does not tell the "
                    + "truth")
        }
        return lines
    }

    private func origin(_ origin: ManifestOrigin) -> String {
        guard case .built(let build?) = origin else { return origin.summary }
        let seconds = (Double(build.stopTime) - Double(build.startTime)) / 1000
        return "built \(UniversalTime(secondsSince1970: build.startTime / 1000)), "
            + "\(PlanSummary.duration(seconds)), on \(build.machine)"
    }

    private func reason(_ output: ComparedOutput) -> String {
        let speakers = output.entries.indices.filter { output.entries[$0] != nil }
        let numbers = speakers.map { "\($0 + 1)" }.joined(separator: " and ")
        return switch speakers.count {
        case 0: "no side has it"
        case 1: "only side \(numbers) has it"
        default: "only sides \(numbers) have it, which count once"
        }
    }

    private func list<Item>(_ items: [Item], _ line: (Item) -> StyledText) -> [StyledText] {
        let count = isVerbose ? items.count : Self.listed
        let more: [StyledText] =
            items.count > count ? ["    … and \(items.count - count) more (--verbose)"] : []
        return items.prefix(count).map(line) + more
    }

    private func summary(_ output: CommandOutput) -> StyledText {
        let text =
            "\(answer.outputs.count) paths: \(answer.count(.match)) match "
            + "(\(answer.builtTwiceCount) built by at least two sides), "
            + "\(answer.count(.mismatch)) do not (\(answer.firstCount) first, "
            + "\(answer.followingCount) following), \(answer.count(.inconclusive)) inconclusive"
        return output.coloured(
            text, answer.verdict == .match ? "32" : answer.verdict == .mismatch ? "1;31" : "33")
    }
}
