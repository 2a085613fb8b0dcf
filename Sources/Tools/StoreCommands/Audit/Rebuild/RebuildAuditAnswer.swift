import Audits
import Primitives
import StoreModel

/// The answer of `audit rebuild`.
struct RebuildAuditAnswer: CommandAnswer {
    let records: [RebuildRecord]
    /// Derivations that were not built again, and why.
    let skipped: [(path: StorePath, reason: String)]
    let varied: [Variation]
    let header: AnswerHeader

    private var store: StoreDirectory { header.store }

    private var sameCount: Int { records.count { $0.verdict == .same } }
    private var failedCount: Int {
        records.count { if case .failed = $0.verdict { true } else { false } }
    }

    /// 104 and 100, or-ed; 3 when nothing differs and something could not be built again.
    var status: ExitStatus {
        var status = ExitStatus.success
        if failedCount > 0 { status = status.union(.buildFailed) }
        if sameCount + failedCount < records.count { status = status.union(.notDeterministic) }
        return status == .success && !skipped.isEmpty ? .inconclusive : status
    }

    var json: JSONValue {
        let answer: [String: JSONValue] = [
            "varied": .strings(varied.map(\.rawValue)),
            "counts": .object([
                "same": .count(sameCount), "failed": .count(failedCount),
                "different": .count(records.count - sameCount - failedCount),
                "skipped": .count(skipped.count),
            ]),
            "derivations": .array(records.map(json)),
            "skipped": .array(
                skipped.map {
                    .object([
                        "derivation": .string(store.path(of: $0.path)),
                        "reason": .string($0.reason),
                    ])
                }),
        ]
        return .object(header.members.merging(answer) { $1 })
    }

    private func json(_ record: RebuildRecord) -> JSONValue {
        var blame = record.verdict.blame.map { JSONValue.strings($0.map(\.rawValue)) }
        if record.isTime { blame = [.strings([Variation.time.rawValue])] }
        var reason: JSONValue = .null
        if case .failed(_, let text) = record.verdict { reason = .string(text) }
        return .object([
            "derivation": .string(store.path(of: record.derivation)),
            "verdict": .string(record.verdict.word), "builds": .count(record.builds),
            "blame": .array(blame), "reason": reason,
            "narHashes": .narHashes(record.narHashes, in: store),
            "likelyCauses": .strings(record.likelyCauses.map(\.rawValue)),
            "differences": .array(
                record.differences.map {
                    .object([
                        "output": .string(store.path(of: $0.output)),
                        "varied": .strings($0.varied.map(\.rawValue)),
                        "difference": TreeDifferenceText.json($0.report),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = skipped.map { "\($0.path.name): not built again: \($0.reason)" }
        for record in records {
            let isSame = record.verdict == .same
            lines.append(
                "\(record.derivation.name): \(output.coloured(record.sentence, isSame ? "32" : "1;31"))"
            )
            for difference in record.differences {
                lines.append("  output '\(difference.output)':")
                lines += TreeDifferenceText.lines(difference.report).map { "    \($0)" }
            }
        }
        let different = records.count - sameCount - failedCount
        lines.append(
            "\(records.count) derivations built again: \(sameCount) the same, \(different) different, "
                + "\(failedCount) failed, \(skipped.count) not tried")
        return lines.lines
    }
}
