import Audits
import Primitives
import StoreModel

/// The report of `audit seeds`.
struct SeedReportAnswer: CommandAnswer {
    let report: SeedReport
    let header: AnswerHeader

    private var store: StoreDirectory { header.store }

    private var seedBytes: UInt64 { report.seeds.compactMap(\.size).saturatingSum }

    var json: JSONValue {
        func paths(_ paths: [StorePath]) -> JSONValue { .strings(paths.map(store.path(of:))) }
        let answer: [String: JSONValue] = [
            "seeds": .array(
                report.seeds.map {
                    .object([
                        "path": .string(store.path(of: $0.path)), "hash": .string($0.digest.sri),
                        "size": $0.size.map { .count($0) } ?? .null,
                        "reason": .optional($0.reason),
                    ])
                }),
            "seedCount": .count(report.seeds.count), "seedBytes": .count(seedBytes),
            "seedItems": paths(report.seedItems), "absentSeedItems": paths(report.absentSeedItems),
            "earlierItems": paths(report.earlierItems), "outputs": paths(report.outputs),
            "narHashes": .narHashes(report.narHashes, in: store),
            "fileCount": .count(report.fileCount), "byteCount": .count(report.byteCount),
            "memberCount": .count(report.memberCount),
            "memberByteCount": .count(report.memberByteCount),
            "explained": .array(report.explained.map(finding)),
            "findings": .array(report.findings.map(finding)),
            "unreadCount": .count(report.unreadCount),
            "verdict": .string(report.verdict.rawValue),
            "clean": .bool(report.isClean), "complete": .bool(report.isComplete),
        ]
        return .object(header.members.merging(answer) { $1 })
    }

    private func finding(_ finding: SeedFinding) -> JSONValue {
        .object([
            "category": .string(finding.category), "what": .string(finding.what),
            "output": .string(store.path(of: finding.output)),
            "file": .string(finding.file.description), "members": .strings(finding.members),
            "offset": finding.offset.map { .count($0) } ?? .null,
            "count": .count(finding.count), "explanation": .optional(finding.explanation),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = [
            "seeds: \(report.seeds.count) downloads, \(ByteCount(seedBytes))"
        ]
        lines += report.seeds.map { seed in
            let size = seed.size.map { "\(ByteCount($0))" } ?? "unknown size"
            let reason = seed.reason ?? "NO REASON GIVEN: no manifest in bootstrap-seeds/ lists it"
            return "  \(seed.path.name), \(size): \(reason)"
        }
        lines.append("they become:")
        lines += report.seedItems.map { "  \(store.path(of: $0))" }
        lines.append(
            "not to be reached either: \(report.earlierItems.count) outputs of the steps between")
        lines += report.earlierItems.map { "  \(store.path(of: $0))" }
        lines.append(
            "looked into: \(report.outputs.count) outputs, and in them \(report.memberCount) packed "
                + "members (\(ByteCount(report.memberByteCount)))")
        lines += report.outputs.map { "  \(store.path(of: $0))" }
        if !report.explained.isEmpty {
            lines.append("judged before to lead back to nothing:")
            lines += report.explained.flatMap {
                entry($0) + ["    because: \($0.explanation ?? "")"]
            }
        }
        let traces = report.findings.filter { !$0.isUnread }
        if !traces.isEmpty {
            lines.append(output.coloured("found:", "1;31"))
            lines += traces.flatMap(entry)
        }
        if report.unreadCount > 0 {
            lines.append(output.coloured("could not be looked into:", "33"))
            lines += report.findings.filter(\.isUnread).flatMap(entry)
        }
        if !report.isComplete {
            lines.append("not compared byte by byte, because they are not in the store:")
            lines += report.absentSeedItems.map { "  \(store.path(of: $0))" }
        }
        lines.append(verdict(output))
        return lines.lines
    }

    private func entry(_ finding: SeedFinding) -> [StyledText] {
        let more = finding.count > 1 ? " (and \(finding.count - 1) more)" : ""
        let place = finding.category == "requisite" ? "" : ": \(finding.place.oneLine)"
        return ["  \(finding.output.name)\(place)\(more)", "    \(finding.what)"]
    }

    private func verdict(_ output: CommandOutput) -> StyledText {
        let extent =
            "in \(report.fileCount) files and \(ByteCount(report.byteCount)) of "
            + "\(report.outputs.count) outputs"
        let unread =
            report.unreadCount == 0 ? [] : ["\(report.unreadCount) places could not be looked into"]
        let absent =
            report.isComplete
            ? [] : ["\(report.absentSeedItems.count) seeds could not be compared byte by byte"]
        let rest = (unread + absent).joined(separator: ", ")
        switch report.verdict {
        case .clean: return output.coloured("verdict: nothing found \(extent)", "32")
        case .inconclusive:
            return output.coloured("verdict: inconclusive \(extent): \(rest)", "33")
        case .found:
            let count = report.findings.count - report.unreadCount
            let more = rest.isEmpty ? "" : ", and \(rest)"
            return output.coloured("verdict: \(count) findings \(extent)\(more)", "1;31")
        }
    }
}
