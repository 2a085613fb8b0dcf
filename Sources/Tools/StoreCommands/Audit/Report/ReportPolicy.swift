import Primitives
import StoreModel

/// What a file of `audit policy --json` says of the outputs that a report is about.
struct ReportPolicy {
    /// Path, verdict, how many agree of how many that must, and who said what.
    private(set) var rows: [[String]] = []
    /// Paths by verdict: agreed, disputed, lacking or unruled.
    private(set) var counts: [String: Int] = [:]
    /// Paths that are not of the report's graph.
    private(set) var foreignCount = 0

    /// So many rows are shown; those that are agreed on come last.
    private static let maximumRows = 1000
    private static let order = ["disputed", "lacking", "unruled", "agreed"]

    /// - Parameters:
    ///   - value: the file, which may come from anybody: what has another form is left out.
    ///   - outputs: the paths that the report is about.
    init(_ value: JSONValue, in store: StoreDirectory, about outputs: Set<StorePath>) {
        var found: [(rank: Int, path: StorePath, row: [String])] = []
        for item in value["paths"]?.array ?? [] {
            guard let path = try? store.parse(item["path"]?.string ?? ""), outputs.contains(path),
                let verdict = item["verdict"]?.string,
                let rank = Self.order.firstIndex(of: verdict)
            else {
                foreignCount += 1
                continue
            }
            counts[verdict, default: 0] += 1
            let (agreeing, needed) = (item["agreeing"]?.integer, item["needed"]?.integer)
            let words = (item["words"]?.array ?? []).prefix(20).map { word in
                "\(word["builder"]?.string ?? "?"): \(word["narHash"]?.string ?? "?")"
            }
            let row = [
                path.baseName, verdict, needed.map { "\(agreeing ?? 0) of \($0)" } ?? "no rule",
                words.joined(separator: ", "),
            ]
            found.append((rank, path, row.map { String($0.prefix(2000)) }))
        }
        found.sort { ($0.rank, $0.path) < ($1.rank, $1.path) }
        rows = found.prefix(Self.maximumRows).map(\.row)
    }

    var disputedCount: Int { counts["disputed", default: 0] }

    /// Paths that too few builders, or no rule, say anything of.
    var openCount: Int { counts["lacking", default: 0] + counts["unruled", default: 0] }

    var blocks: [ReportBlock] {
        guard !rows.isEmpty else { return [] }
        return [
            .heading("Who agrees"),
            .table(
                ["agreed", "disputed", "too few words", "no rule"],
                [["agreed", "disputed", "lacking", "unruled"].map { "\(counts[$0, default: 0])" }]),
            .details("who said what", [.table(["path", "verdict", "agree", "words"], rows)]),
        ]
    }

    var json: JSONValue {
        .object([
            "counts": .object(
                Dictionary(
                    uniqueKeysWithValues: Self.order.map { ($0, .count(counts[$0, default: 0])) }))
        ])
    }
}
