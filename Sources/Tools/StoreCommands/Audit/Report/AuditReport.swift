import Audits
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Everything known about how one thing was made and made again.
struct AuditReport: Sendable {
    /// The store path asked for.
    let subject: String
    let verdict: ReportVerdict
    /// How many derivations are the same, differ, and were not compared.
    let rates: (matched: Int, mismatched: Int, notCompared: Int)
    /// All of it, for people.
    let blocks: [ReportBlock]
    /// All of it, for programs.
    let json: JSONValue

    /// What is put together.
    struct Parts {
        let subject: String
        /// What the subject is built from: derivations that no hash fixes, by path.
        let graph: DependencyGraph
        /// What files say of them.
        let entries: [StorePath: ReportEntry]
        /// Who was compared with whom.
        let comparisons: [ReportComparison]
        /// Who agrees, when a file tells it.
        let agreement: ReportPolicy?
        /// What a file of `audit seeds --json` says of the subject.
        let seeds: SeedPart?
        /// Name and size in bytes of the graph's seeds, by itself.
        let downloads: [(name: String, size: UInt64?)]
        let provenance: JSONValue?
        /// The graph's picture, where it could be drawn.
        let picture: [UInt8]?
        /// Entries of the files that are of no derivation of this graph.
        let foreignCount: Int
    }

    /// The audit of the subject's seeds.
    struct SeedPart {
        let audit: RecordedSeedAudit
        /// What of it is about the subject.
        let findings: [RecordedSeedAudit.Finding]
        /// The answer as it was given.
        let json: JSONValue

        var traceCount: Int { findings.count { !$0.isUnread } }
    }

    init(_ parts: Parts) {
        subject = parts.subject
        let nodes = parts.graph.nodes
        let known = nodes.map { parts.entries[$0.path] }
        let matched = known.count { $0?.isSame == true }
        let mismatched = known.count { $0?.isSame == false }
        rates = (matched, mismatched, nodes.count - matched - mismatched)
        verdict = Self.verdict(rates, parts)
        var blocks: [ReportBlock] = [
            .heading("Made again"),
            .table(
                ["derivations", "the same", "different", "not compared"],
                [["\(nodes.count)", "\(matched)", "\(mismatched)", "\(rates.notCompared)"]]),
        ]
        if parts.foreignCount > 0 {
            blocks.append(
                .text(
                    "\(parts.foreignCount) entries of the files given are of other derivations and "
                        + "were left out."))
        }
        for comparison in parts.comparisons {
            blocks.append(.table(["side", "machine", "signed by"], comparison.sides))
            blocks += comparison.remarks.map { .text("Note: \($0).") }
        }
        blocks += Self.differences(nodes, parts.entries)
        blocks += parts.agreement?.blocks ?? []
        if let picture = parts.picture {
            blocks.append(.heading("What it is built from"))
            blocks.append(
                .text("Green: the same when built again. Red: different. Grey: not compared."))
            blocks.append(.picture(picture, "the graph of derivations, coloured by verdict"))
        }
        blocks += Self.seeds(parts)
        if let provenance = parts.provenance {
            let text = String(decoding: provenance.text(), as: UTF8.self)
            blocks.append(.heading("Provenance"))
            blocks.append(
                .details(
                    "in-toto statement with SLSA provenance",
                    [.lines(text.split(separator: "\n").map { String($0) })]))
        }
        self.blocks = blocks
        json = .object([
            "subject": .string(parts.subject), "verdict": .string(verdict.word),
            "sentence": .string(verdict.text),
            "rates": .object([
                "matched": .count(matched), "mismatched": .count(mismatched),
                "notCompared": .count(rates.notCompared),
            ]),
            "derivations": .array(
                nodes.map { node in
                    let entry = parts.entries[node.path]
                    return .object([
                        "derivation": .string(node.path.baseName),
                        "verdict": .optional(entry?.word),
                        "blame": .strings(entry?.blame ?? []),
                    ])
                }),
            "comparisons": .array(
                parts.comparisons.map { comparison in
                    .object([
                        "sides": .array(comparison.sides.map { .strings($0) }),
                        "remarks": .strings(comparison.remarks),
                    ])
                }),
            "agreement": parts.agreement?.json ?? .null,
            "seeds": parts.seeds?.json ?? .null, "provenance": parts.provenance ?? .null,
        ])
    }

    private static func verdict(
        _ rates: (matched: Int, mismatched: Int, notCompared: Int), _ parts: Parts
    ) -> ReportVerdict {
        let all = rates.matched + rates.mismatched + rates.notCompared
        let traces = parts.seeds?.traceCount ?? 0
        var bad: [String] = []
        if rates.mismatched > 0 {
            bad.append(
                "\(rates.mismatched) of \(all) derivations are not the same when built again")
        }
        if traces > 0 { bad.append("\(traces) traces lead back to binary seeds") }
        if let disputed = parts.agreement?.disputedCount, disputed > 0 {
            bad.append("builders do not agree on \(disputed) paths")
        }
        if !bad.isEmpty { return .bad(bad.joined(separator: "; ") + ".") }
        var open: [String] = []
        if all == 0 { open.append("nothing was built, so there is nothing to build again") }
        if rates.notCompared > 0 {
            open.append("\(rates.notCompared) of \(all) derivations were not built again")
        }
        if let few = parts.agreement?.openCount, few > 0 {
            open.append("too few builders agree on \(few) paths")
        }
        if parts.seeds == nil, !parts.downloads.isEmpty {
            open.append("what the binary seeds left behind was not looked for")
        }
        if let seeds = parts.seeds {
            if !seeds.audit.isComplete {
                open.append("not all seeds were there for the audit of the seeds")
            }
            let unread = seeds.findings.count - seeds.traceCount
            if unread > 0 { open.append("\(unread) places were not looked into for the seeds") }
        }
        guard open.isEmpty else {
            return .open(
                "Nothing different was found, but " + open.joined(separator: ", and ") + ".")
        }
        let clean = parts.seeds == nil ? "" : ", and nothing leads back to the binary seeds"
        return .good("All \(all) derivations are the same when built again\(clean).")
    }

    private static func differences(
        _ nodes: [GraphNode], _ entries: [StorePath: ReportEntry]
    ) -> [ReportBlock] {
        let different = nodes.compactMap { node in
            entries[node.path].flatMap { $0.isSame ? nil : (node.path, $0) }
        }
        guard !different.isEmpty else { return [] }
        let rows = different.map { path, entry in
            [path.baseName, entry.word, entry.blame.joined(separator: ", ")]
        }
        return [
            .heading("What differs"), .table(["derivation", "verdict", "depends on"], rows),
        ]
            + different.filter { !$0.1.lines.isEmpty }.map {
                .details($0.0.baseName, [.lines($0.1.lines)])
            }
    }

    private static func seeds(_ parts: Parts) -> [ReportBlock] {
        var seeds = parts.downloads.map { (name: $0.name, size: $0.size, reason: "") }
        if let audit = parts.seeds?.audit {
            seeds = audit.seeds.map {
                ($0.path.baseName, $0.size, $0.reason ?? "no reason given")
            }
        }
        guard !seeds.isEmpty else { return [] }
        let bytes = seeds.map { $0.size ?? 0 }.saturatingSum
        let rows = seeds.prefix(10_000).map {
            [$0.name, $0.size.map { "\(ByteCount($0))" } ?? "unknown", $0.reason]
        }
        var blocks: [ReportBlock] = [
            .heading("Binary seeds"),
            .text("\(seeds.count) downloads, \(ByteCount(bytes)), that somebody else compiled."),
            .details("list", [.table(["seed", "size", "why it is needed"], rows)]),
        ]
        let findings = (parts.seeds?.findings ?? []).prefix(200).map {
            [$0.output.baseName, $0.file, $0.category, $0.what]
        }
        if !findings.isEmpty {
            blocks.append(.table(["output", "file", "category", "what"], findings))
        }
        return blocks
    }
}
