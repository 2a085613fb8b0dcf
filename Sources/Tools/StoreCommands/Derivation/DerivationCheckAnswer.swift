import Primitives

/// The report of `derivation check`, for people and programs.
struct DerivationCheckAnswer: CommandAnswer {
    let report: DerivationCheckReport
    let isVerbose: Bool

    var json: JSONValue {
        .object([
            "checked": .count(report.checkedCount),
            "same": .count(
                report.checkedCount - report.differentCount - report.inconclusiveCount),
            "different": .count(report.differentCount),
            "inconclusive": .count(report.inconclusiveCount),
            "findings": .array(
                report.findings.map { finding in
                    .object([
                        "file": .string(finding.file),
                        "verdict": .string(finding.verdict.rawValue),
                        "offset": finding.offset.map { .count($0) } ?? .null,
                        "message": .string(finding.message),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        for finding in report.findings
        where isVerbose || finding.verdict == .different || finding.isAlwaysNamed {
            text += "\(finding.file.oneLine): \(finding.message)\n"
        }
        let same = report.checkedCount - report.differentCount - report.inconclusiveCount
        text += "\(report.checkedCount) derivations: \(same) right, "
        text += "\(report.differentCount) different, \(report.inconclusiveCount) inconclusive\n"
        return text
    }
}
