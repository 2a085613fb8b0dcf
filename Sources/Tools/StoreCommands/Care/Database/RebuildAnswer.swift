import LocalStore
import Primitives
import StoreModel

/// What `db rebuild` restored, and what it could not.
struct RebuildAnswer: CommandAnswer {
    let report: RebuildReport
    let directory: StoreDirectory
    let isDryRun: Bool

    /// Lines for people.
    var summary: String {
        let restored = isDryRun ? "would be restored" : "restored"
        var lines = [
            "\(report.origins.count) paths \(restored): \(report.count(.registration)) from their "
                + "registrations, \(report.count(.proven)) proven by themselves, "
                + "\(report.count(.inferred)) as they are"
        ]
        let lost = report.losses.count { !$0.isValid }
        let damaged = report.losses.count - lost
        if lost > 0 { lines.append("\(lost) \(isDryRun ? "would be " : "")lost") }
        if damaged > 0 {
            lines.append(
                "\(damaged) altered; repair them with 'nodeos-store verify --check-contents "
                    + "--repair'")
        }
        if let loss = report.historyLoss {
            lines.append("build times, origins and times of last use are lost: \(loss)")
        }
        if let copy = report.copy { lines.append("the old database is kept at '\(copy)'") }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            "restored": .object(
                Dictionary(
                    uniqueKeysWithValues: RebuildReport.Origin.allCases.map { origin in
                        let paths = report.origins.filter { $0.value == origin }.keys.sorted()
                        return (origin.rawValue, .strings(paths.map(directory.path(of:))))
                    })),
            "losses": .array(
                report.losses.map {
                    .object([
                        "path": .string(directory.path(of: $0.path)),
                        "reason": .string($0.reason), "valid": .bool($0.isValid),
                    ])
                }),
            "copy": report.copy.map { .string($0) } ?? .null,
            "historyLoss": report.historyLoss.map { .string($0) } ?? .null,
        ])
    }

    func text(for output: CommandOutput) -> String {
        report.losses.map {
            "\($0.isValid ? "altered" : "lost"): \(directory.path(of: $0.path)): \($0.reason)\n"
        }.joined()
    }
}
