import Audits
import Primitives
import StoreModel

/// What a file of `audit compare --json` (or `audit challenge --json`) says of a report's derivations.
///
/// A derivation is the same when all its outputs match and at least two sides built each, and differs
/// when one does not match. Of the others, nothing is said.
struct ReportComparison {
    private(set) var entries: [StorePath: ReportEntry] = [:]
    /// Paths that are not of the report's graph.
    let foreignCount: Int
    /// Who was compared: name, machine, who signed.
    let sides: [[String]]
    /// What was noticed about the sides, such as two that are one machine's.
    let remarks: [String]

    /// - Parameters:
    ///   - own: the derivations that the report is about, with their outputs.
    ///   - known: every path of the report's graph: what a hash fixes can only be the same, and is
    ///     left out.
    init(
        _ comparison: RecordedComparison, of own: [StorePath: [StorePath]],
        knowing known: Set<StorePath>
    ) {
        sides = comparison.sides.prefix(1000).map { [$0.name, $0.machine ?? "", $0.signer ?? ""] }
        remarks = Array(comparison.remarks.prefix(100))
        foreignCount = comparison.outputs.keys.count { !known.contains($0) }
        for (derivation, outputs) in own {
            let told = outputs.compactMap { comparison.outputs[$0] }
            let different = told.filter { $0.verdict == .mismatch }
            if !different.isEmpty {
                let isFirst = comparison.firsts.contains(derivation)
                entries[derivation] = ReportEntry(
                    word: isFirst ? "mismatch" : "follows",
                    blame: isFirst ? [] : ["inputs that differ"],
                    lines: different.prefix(20).flatMap { Self.lines($0, comparison.sides) })
            } else if !told.isEmpty, told.count == outputs.count,
                told.allSatisfy({ $0.verdict == .match && $0.builderCount > 1 })
            {
                entries[derivation] = ReportEntry(word: "same", blame: [], lines: [])
            }
        }
    }

    private static func lines(
        _ output: RecordedComparison.Output, _ sides: [RecordedComparison.Side]
    ) -> [String] {
        let words = zip(sides, output.words).compactMap { side, word in
            word.map { "  \(side.name): \($0.narHash.prefixedNix32), \($0.origin)" }
        }
        return ([output.path.baseName] + words).map { String($0.prefix(400)) }
    }
}
