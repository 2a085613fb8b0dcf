import Primitives
import StoreModel

extension ReportEvidence {
    /// What is known of one derivation.
    struct Entry: Sendable {
        /// `same`, or what it is instead.
        let word: String
        /// What it depends on.
        let blame: [String]
        /// The differences, as lines.
        let lines: [String]

        var isSame: Bool { word == RebuildVerdict.same.word }
    }

    /// Who was compared.
    struct Comparison: Sendable {
        /// Name, machine and signer of each side.
        let sides: [[String]]
        /// What should be known of the sides, such as that two are one machine's.
        let remarks: [String]

        init(_ answer: ComparisonAnswer) {
            sides = answer.sides.prefix(1000).map {
                [$0.name, $0.machine ?? "", $0.signer ?? ""].map { $0.clipped(400) }
            }
            remarks = answer.remarks.prefix(100).map { $0.clipped(400) }
        }
    }

    /// Who agrees on the outputs of a graph.
    struct Agreement: Sendable {
        /// Path, verdict, how many agree of how many that must, and who said what.
        let rows: [[String]]
        /// Paths by verdict.
        let counts: [AgreementVerdict.Kind: Int]

        /// So many rows are shown; those that are agreed on come last.
        private static let maximumRows = 1000
        private static let order: [AgreementVerdict.Kind] = [
            .disputed, .lacking, .unruled, .agreed,
        ]

        init(_ items: [AgreementAnswer.Item]) {
            counts = Dictionary(grouping: items, by: \.kind).mapValues(\.count)
            let ranks = Dictionary(uniqueKeysWithValues: zip(Self.order, Self.order.indices))
            rows = items.sorted { (ranks[$0.kind] ?? 0, $0.path) < (ranks[$1.kind] ?? 0, $1.path) }
                .prefix(Self.maximumRows)
                .map { item in
                    let words = item.words.prefix(20).map {
                        "\($0.builder.clipped(400)): \($0.narHash.prefixedNix32)"
                    }
                    return [
                        item.path.baseName, item.kind.rawValue,
                        item.rule.map { "\(item.agreeing) of \($0.count)" } ?? "no rule",
                        words.joined(separator: ", ").clipped(2000),
                    ]
                }
        }

        /// Paths that builders do not agree on.
        var disputedCount: Int { counts[.disputed, default: 0] }

        /// Paths that too few builders, or no rule, say anything of.
        var openCount: Int { counts[.lacking, default: 0] + counts[.unruled, default: 0] }

        var blocks: [AuditReport.Block] {
            guard !rows.isEmpty else { return [] }
            let kinds: [AgreementVerdict.Kind] = [.agreed, .disputed, .lacking, .unruled]
            return [
                .heading("Who agrees"),
                .table(
                    ["agreed", "disputed", "too few words", "no rule"],
                    [kinds.map { "\(counts[$0, default: 0])" }]),
                .details("who said what", [.table(["path", "verdict", "agree", "words"], rows)]),
            ]
        }

        var json: JSONValue {
            let counts = Self.order.map {
                ($0.rawValue, JSONValue.count(self.counts[$0, default: 0]))
            }
            return .object(["counts": .object(Dictionary(uniqueKeysWithValues: counts))])
        }
    }
}

extension ReportEvidence.Entry {
    /// What building again showed. What is too long is cut: the file may say anything.
    init(_ record: RebuildRecord) {
        word = record.verdict.word
        blame = record.blame.map { $0.map(\.rawValue).joined(separator: " with ") }
        var lines: [String] = []
        if case .failed(_, let reason) = record.verdict {
            lines += reason.split(separator: "\n").prefix(40).map { String($0) }
        }
        for difference in record.differences.prefix(20) {
            lines.append("output \(difference.output):")
            lines += difference.report.lines.prefix(400).map { "  \($0)" }
        }
        self.lines = lines.prefix(400).map { $0.count > 400 ? $0.clipped(400) + "…" : $0 }
    }

    /// What a comparison says of derivations.
    ///
    /// A derivation is the same when all its outputs match and at least two sides built each, and differs
    /// when one does not match. Of the others, nothing is said.
    ///
    /// - Parameter built: the derivations, with their outputs.
    static func entries(
        _ answer: ComparisonAnswer, of built: [StorePath: [StorePath]]
    ) -> [StorePath: Self] {
        let firsts = Set(answer.groups.compactMap(\.derivation))
        let all = Dictionary(answer.outputs.map { ($0.path, $0) }) { one, _ in one }
        var entries: [StorePath: Self] = [:]
        for (derivation, outputs) in built {
            let told = outputs.compactMap { all[$0] }
            let different = told.filter { $0.verdict == .mismatch }
            if !different.isEmpty {
                let isFirst = firsts.contains(derivation)
                entries[derivation] = Self(
                    word: isFirst ? "mismatch" : "follows",
                    blame: isFirst ? [] : ["inputs that differ"],
                    lines: different.prefix(20).flatMap { lines($0, answer.sides) })
            } else if !told.isEmpty, told.count == outputs.count,
                told.allSatisfy({ $0.verdict == .match && $0.builderCount > 1 })
            {
                entries[derivation] = Self(
                    word: RebuildVerdict.same.word, blame: [], lines: [])
            }
        }
        return entries
    }

    private static func lines(
        _ output: ComparisonAnswer.Output, _ sides: [ComparisonAnswer.Side]
    ) -> [String] {
        let words = zip(sides, output.words).compactMap { side, word in
            word.map { "  \(side.name): \($0.narHash.prefixedNix32), \($0.origin)" }
        }
        return ([output.path.baseName] + words).map { $0.clipped(400) }
    }
}
