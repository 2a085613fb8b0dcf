import Primitives
import Realisation
import StoreModel

/// What a realisation would do (`--dry-run`).
struct PlanAnswer: CommandAnswer {
    let plan: BuildPlan
    /// Seconds that derivations took before.
    let expected: [StorePath: Double]
    let jobs: Int
    let store: StoreDirectory

    var json: JSONValue {
        func paths(_ kind: BuildPlan.Kind) -> JSONValue {
            .strings(plan.order.filter { plan.steps[$0]?.kind == kind }.map(store.path(of:)))
        }
        return .object([
            "build": paths(.build), "unpack": paths(.unpack), "fetch": paths(.fetch),
            "fetchBytes": .count(plan.fetchBytes),
            "check": .strings(plan.checked.map(store.path(of:))),
        ])
    }

    func text(for output: CommandOutput) -> String {
        guard !plan.isEmpty else { return "everything is there: nothing to do\n" }
        var lines: [String] = []
        let kinds: [(BuildPlan.Kind, String)] = [
            (.fetch, "to fetch"), (.unpack, "to unpack"), (.build, "to build"),
        ]
        for (kind, title) in kinds {
            let steps = plan.order.compactMap { plan.steps[$0] }.filter { $0.kind == kind }
            guard !steps.isEmpty else { continue }
            let bytes = kind == .fetch ? ", \(ByteCount(plan.fetchBytes))" : ""
            lines.append("\(steps.count) \(title)\(bytes):")
            for step in steps {
                let time =
                    expected[step.path].map { "  (about \(PlanSummary.duration($0)))" } ?? ""
                let note = step.checks > 0 ? "  (to compare with what is valid)" : ""
                lines.append("  \(store.path(of: step.path))\(kind == .fetch ? "" : time)\(note)")
            }
        }
        lines.append(PlanSummary(plan, expected: expected, jobs: jobs).line)
        return lines.map { $0 + "\n" }.joined()
    }
}
