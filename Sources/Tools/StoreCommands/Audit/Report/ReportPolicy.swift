import Audits
import Primitives
import StoreModel

/// What a file of `audit policy --json` says of the outputs that a report is about.
struct ReportPolicy {
    /// Path, verdict, how many agree of how many that must, and who said what.
    let rows: [[String]]
    /// Paths by verdict.
    let counts: [AgreementVerdict.Kind: Int]
    /// Paths that are not of the report's graph.
    let foreignCount: Int

    /// So many rows are shown; those that are agreed on come last.
    private static let maximumRows = 1000
    private static let order: [AgreementVerdict.Kind] = [.disputed, .lacking, .unruled, .agreed]

    /// - Parameter outputs: the paths that the report is about.
    init(_ agreement: RecordedAgreement, about outputs: Set<StorePath>) {
        let own = agreement.items.values.filter { outputs.contains($0.path) }
        foreignCount = agreement.items.count - own.count
        counts = Dictionary(grouping: own, by: \.kind).mapValues(\.count)
        let ranks = Dictionary(uniqueKeysWithValues: zip(Self.order, Self.order.indices))
        rows = own.sorted { (ranks[$0.kind] ?? 0, $0.path) < (ranks[$1.kind] ?? 0, $1.path) }
            .prefix(Self.maximumRows)
            .map { item in
                let words = item.words.prefix(20).map {
                    "\($0.builder): \($0.narHash.prefixedNix32)"
                }
                return [
                    item.path.baseName, item.kind.rawValue,
                    item.needed.map { "\(item.agreeing) of \($0)" } ?? "no rule",
                    String(words.joined(separator: ", ").prefix(2000)),
                ]
            }
    }

    var disputedCount: Int { counts[.disputed, default: 0] }

    /// Paths that too few builders, or no rule, say anything of.
    var openCount: Int { counts[.lacking, default: 0] + counts[.unruled, default: 0] }

    var blocks: [ReportBlock] {
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
        .object([
            "counts": .object(
                Dictionary(
                    uniqueKeysWithValues: Self.order.map {
                        ($0.rawValue, .count(counts[$0, default: 0]))
                    }))
        ])
    }
}
