import Graphs
package import Primitives
import StoreModel

/// Everything that is known about how one thing was made and made again, put on one page.
package struct AuditReport: Sendable {
    /// What a report comes to.
    package enum Verdict: Hashable, Sendable {
        /// Everything was compared and is the same, and nothing leads back to a seed.
        case good(String)
        /// Something differs, or leads back to a seed.
        case bad(String)
        /// Nothing bad was found, but not everything was looked at.
        case open(String)

        /// The word for programs, and for the page's style.
        package var word: String {
            switch self {
            case .good: "good"
            case .bad: "bad"
            case .open: "open"
            }
        }

        /// The sentence.
        package var text: String {
            switch self {
            case .good(let text), .bad(let text), .open(let text): text
            }
        }
    }

    /// How many derivations are the same, differ, and were not compared.
    package struct Rates: Hashable, Sendable {
        package var matched = 0
        package var mismatched = 0
        package var notCompared = 0

        var all: Int { matched + mismatched + notCompared }
    }

    /// A piece of a report, in whatever form it is printed.
    indirect enum Block: Sendable {
        /// The title of what follows.
        case heading(String)
        /// Some sentences.
        case text(String)
        /// The names of the columns, and rows of as many cells.
        case table([String], [[String]])
        /// Lines to be shown as they are.
        case lines([String])
        /// What is shown to those who ask for it.
        case details(String, [Block])
        /// An SVG picture, and what it shows.
        case picture([UInt8], String)
    }

    /// The store path asked for.
    package let subject: String
    /// What it comes to.
    package let verdict: Verdict
    /// The derivations, counted.
    package let rates: Rates
    /// All of it, for people.
    let blocks: [Block]
    /// All of it, for programs.
    package let json: JSONValue

    /// Puts together what `evidence` shows.
    ///
    /// - Parameters:
    ///   - provenance: the statement on how the subject was made; `nil` when that is not known.
    ///   - picture: the SVG picture of the graph; `nil` where there is none.
    package init(
        _ evidence: ReportEvidence, provenance: ProvenanceStatement? = nil,
        picture: [UInt8]? = nil
    ) {
        subject = evidence.store.path(of: evidence.asked)
        rates = evidence.rates
        verdict = Self.verdict(evidence)
        blocks = Self.blocks(evidence, provenance?.json, picture)
        json = .object([
            "subject": .string(subject), "verdict": .string(verdict.word),
            "sentence": .string(verdict.text),
            "rates": .object([
                "matched": .count(rates.matched), "mismatched": .count(rates.mismatched),
                "notCompared": .count(rates.notCompared),
            ]),
            "derivations": .array(
                evidence.graph.nodes.map { node in
                    let entry = evidence.entries[node.path]
                    return .object([
                        "derivation": .string(node.path.baseName),
                        "verdict": .optional(entry?.word), "blame": .strings(entry?.blame ?? []),
                    ])
                }),
            "comparisons": .array(
                evidence.comparisons.map { comparison in
                    .object([
                        "sides": .array(comparison.sides.map { .strings($0) }),
                        "remarks": .strings(comparison.remarks),
                    ])
                }),
            "agreement": evidence.agreement?.json ?? .null,
            "seeds": evidence.seeds?.answer.json ?? .null,
            "provenance": provenance?.json ?? .null,
        ])
    }

    private static func verdict(_ evidence: ReportEvidence) -> Verdict {
        let rates = evidence.rates
        let traces = evidence.seeds?.findings.count { !$0.isUnread } ?? 0
        var bad: [String] = []
        if rates.mismatched > 0 {
            bad.append(
                "\(rates.mismatched) of \(rates.all) derivations are not the same when built again")
        }
        if traces > 0 { bad.append("\(traces) traces lead back to binary seeds") }
        if let disputed = evidence.agreement?.disputedCount, disputed > 0 {
            bad.append("builders do not agree on \(disputed) paths")
        }
        if !bad.isEmpty { return .bad(bad.joined(separator: "; ") + ".") }
        var open: [String] = []
        if rates.all == 0 { open.append("nothing was built, so there is nothing to build again") }
        if rates.notCompared > 0 {
            open.append("\(rates.notCompared) of \(rates.all) derivations were not built again")
        }
        if let few = evidence.agreement?.openCount, few > 0 {
            open.append("too few builders agree on \(few) paths")
        }
        if evidence.seeds == nil, !evidence.downloads.isEmpty {
            open.append("what the binary seeds left behind was not looked for")
        }
        if let seeds = evidence.seeds {
            if !seeds.answer.isComplete {
                open.append("not all seeds were there for the audit of the seeds")
            }
            let unread = seeds.findings.count - traces
            if unread > 0 { open.append("\(unread) places were not looked into for the seeds") }
        }
        guard open.isEmpty else {
            return .open(
                "Nothing different was found, but " + open.joined(separator: ", and ") + ".")
        }
        let clean = evidence.seeds == nil ? "" : ", and nothing leads back to the binary seeds"
        return .good("All \(rates.all) derivations are the same when built again\(clean).")
    }

    // MARK: For people

    private static func blocks(
        _ evidence: ReportEvidence, _ provenance: JSONValue?, _ picture: [UInt8]?
    ) -> [Block] {
        let rates = evidence.rates
        var blocks: [Block] = [
            .heading("Made again"),
            .table(
                ["derivations", "the same", "different", "not compared"],
                [[rates.all, rates.matched, rates.mismatched, rates.notCompared].map { "\($0)" }]),
        ]
        if evidence.foreignCount > 0 {
            blocks.append(
                .text(
                    "\(evidence.foreignCount) entries of the files given are of other derivations "
                        + "and were left out."))
        }
        for comparison in evidence.comparisons {
            blocks.append(.table(["side", "machine", "signed by"], comparison.sides))
            blocks += comparison.remarks.map { .text("Note: \($0).") }
        }
        blocks += differences(evidence) + (evidence.agreement?.blocks ?? [])
        if let picture {
            blocks.append(.heading("What it is built from"))
            blocks.append(
                .text("Green: the same when built again. Red: different. Grey: not compared."))
            blocks.append(.picture(picture, "the graph of derivations, coloured by verdict"))
        }
        blocks += seeds(evidence)
        if let provenance {
            let text = String(decoding: provenance.text(), as: UTF8.self)
            blocks.append(.heading("Provenance"))
            blocks.append(
                .details(
                    "in-toto statement with SLSA provenance",
                    [.lines(text.split(separator: "\n").map { String($0) })]))
        }
        return blocks
    }

    private static func differences(_ evidence: ReportEvidence) -> [Block] {
        let different = evidence.graph.nodes.compactMap { node in
            evidence.entries[node.path].flatMap { $0.isSame ? nil : (node.path, $0) }
        }
        guard !different.isEmpty else { return [] }
        let rows = different.map { path, entry in
            [path.baseName, entry.word, entry.blame.joined(separator: ", ")]
        }
        let details = different.filter { !$0.1.lines.isEmpty }.map { path, entry in
            Block.details(path.baseName, [.lines(entry.lines)])
        }
        return [
            .heading("What differs"), .table(["derivation", "verdict", "depends on"], rows),
        ] + details
    }

    private static func seeds(_ evidence: ReportEvidence) -> [Block] {
        var seeds = evidence.downloads.map { (name: $0.name, size: $0.size, reason: "") }
        if let answer = evidence.seeds?.answer {
            seeds = answer.seeds.map {
                ($0.path.baseName, $0.size, $0.reason?.clipped(4000) ?? "no reason given")
            }
        }
        let findings = (evidence.seeds?.findings ?? []).prefix(200).map {
            [
                $0.output.baseName, $0.file.clipped(4000), $0.category.rawValue,
                $0.what.clipped(4000),
            ]
        }
        guard !seeds.isEmpty || !findings.isEmpty else { return [] }
        let bytes = seeds.map { $0.size ?? 0 }.saturatingSum
        let rows = seeds.prefix(10_000).map {
            [$0.name, $0.size.map { "\(ByteCount($0))" } ?? "unknown", $0.reason]
        }
        var blocks: [Block] = [
            .heading("Binary seeds"),
            .text("\(seeds.count) downloads, \(ByteCount(bytes)), that somebody else compiled."),
            .details("list", [.table(["seed", "size", "why it is needed"], rows)]),
        ]
        if !findings.isEmpty {
            blocks.append(.table(["output", "file", "category", "what"], findings))
        }
        return blocks
    }
}

extension String {
    /// Its first `count` characters: files may hold texts that no page has room for.
    func clipped(_ count: Int) -> String { String(prefix(count)) }
}
