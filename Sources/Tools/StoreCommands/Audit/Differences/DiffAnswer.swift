import Audits
import Primitives

/// The answer of `audit diff`.
struct DiffAnswer: CommandAnswer {
    let report: DifferenceReport

    var json: JSONValue { TreeDifferenceText.json(report) }

    func text(for output: CommandOutput) -> String {
        let lines =
            TreeDifferenceText.lines(report)
            + (TreeDifferenceText.summary(report).map { [$0] } ?? [])
        return lines.map { $0 + "\n" }.joined()
    }
}
