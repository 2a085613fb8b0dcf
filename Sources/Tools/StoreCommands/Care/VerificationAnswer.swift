import LocalStore
import Primitives
import StoreModel

/// What `verify` or `db check` found.
struct VerificationAnswer: CommandAnswer {
    let count: Int
    let findings: [VerificationFinding]
    let directory: StoreDirectory

    /// One line for people.
    var summary: String {
        let damaged = findings.count(where: \.isDamage)
        let leftovers = findings.count - damaged
        return "\(count) valid paths: "
            + (damaged == 0 ? "no damage" : "\(damaged) \(damaged == 1 ? "problem" : "problems")")
            + (leftovers == 0 ? "" : ", \(leftovers) left by killed processes")
    }

    private func full(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(directory)/\(name)"
    }

    var json: JSONValue {
        .object([
            "validPaths": .count(count),
            "findings": .array(
                findings.map {
                    .object([
                        "kind": .string($0.kind.rawValue), "path": .string(full($0.name)),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        findings.map { "\($0.kind.rawValue): \(full($0.name)): \($0.reason)\n" }.joined()
    }
}
