import Audits
import Primitives
import StoreModel

/// What `audit policy` prints.
struct AgreementAnswer: CommandAnswer {
    let verdicts: [AgreementVerdict]
    let remarks: [String]
    let header: AnswerHeader
    let isVerbose: Bool

    private var store: StoreDirectory { header.store }

    func count(_ kind: AgreementVerdict.Kind) -> Int { verdicts.count { $0.kind == kind } }

    var json: JSONValue {
        let answer: [String: JSONValue] = [
            "remarks": .strings(remarks),
            "counts": .object(
                Dictionary(
                    uniqueKeysWithValues: AgreementVerdict.Kind.allCases.map {
                        ($0.rawValue, .count(count($0)))
                    })),
            "paths": .array(
                verdicts.map { verdict in
                    .object([
                        "path": .string(store.path(of: verdict.path)),
                        "verdict": .string(verdict.kind.rawValue),
                        "pattern": .optional(verdict.rule?.pattern),
                        "needed": verdict.rule.map { .count($0.count) } ?? .null,
                        "builders": .strings(verdict.rule?.builders ?? []),
                        "agreeing": .count(verdict.agreeingCount),
                        "here": .optional(verdict.local?.narHash.prefixedNix32),
                        "words": .array(
                            verdict.words.map {
                                .object([
                                    "builder": .string($0.builder),
                                    "narHash": .string($0.entry.narHash.prefixedNix32),
                                    "origin": .string($0.entry.origin.summary),
                                ])
                            }),
                    ])
                }),
        ]
        return .object(header.members.merging(answer) { $1 })
    }

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = remarks.map { "note: \($0)" }
        for verdict in verdicts where isVerbose || verdict.kind != .agreed {
            lines += text(of: verdict, output)
        }
        let counts =
            "\(verdicts.count) paths: \(count(.agreed)) agreed, \(count(.disputed)) disputed, "
            + "\(count(.lacking)) with too few words, \(count(.unruled)) without a rule"
        let isAgreed = !verdicts.isEmpty && count(.agreed) == verdicts.count
        lines.append(
            output.coloured(counts, isAgreed ? "32" : count(.disputed) > 0 ? "1;31" : "33"))
        return lines.lines
    }

    private func text(of verdict: AgreementVerdict, _ output: CommandOutput) -> [StyledText] {
        let path = store.path(of: verdict.path)
        guard let rule = verdict.rule else { return ["no rule: \(path)"] }
        let title = "\(verdict.kind.rawValue): \(path)"
        var lines: [StyledText] = [
            verdict.kind == .disputed ? output.coloured(title, "1;31") : StyledText(title),
            "  \(verdict.agreeingCount) of the \(rule.count) that must agree, of \(rule.builders.joined(separator: ", "))",
        ]
        lines += verdict.words.map {
            "  \($0.builder): \($0.entry.narHash.prefixedNix32), \($0.entry.origin.summary)"
        }
        if let local = verdict.local {
            lines.append("  here: \(local.narHash.prefixedNix32)")
        }
        return lines
    }
}
