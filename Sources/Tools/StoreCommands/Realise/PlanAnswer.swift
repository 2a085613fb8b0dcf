import Primitives
import Realisation
import StoreModel

/// What a realisation would do (`--dry-run`).
struct PlanAnswer: CommandAnswer {
    let plan: BuildPlan
    /// What binary caches have.
    let substitutes: SubstitutePlan
    /// Derivations that would be taken first.
    let unread: [StorePath]
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
            "substitute": .array(
                substitutes.order.compactMap { substitutes.offers[$0] }.map { offer in
                    .object([
                        "path": .string(store.path(of: offer.path)), "from": .string(offer.source),
                        "downloadSize": .count(offer.downloadSize),
                        "narSize": .count(offer.narInfo.info.narSize),
                    ])
                }),
            "unread": .strings(unread.map(store.path(of:))),
            "substituteBytes": .count(substitutes.downloadSize),
            "substituteNarBytes": .count(substitutes.narSize),
        ])
    }

    func text(for output: CommandOutput) -> String {
        guard !plan.isEmpty || !substitutes.isEmpty else {
            return "everything is there: nothing to do\n"
        }
        var lines: [String] = []
        if !substitutes.isEmpty {
            lines.append(
                "\(substitutes.order.count) to take from binary caches, "
                    + "\(ByteCount(substitutes.downloadSize)) to download, "
                    + "\(ByteCount(substitutes.narSize)) unpacked:")
            for offer in substitutes.order.compactMap({ substitutes.offers[$0] }) {
                lines.append("  \(store.path(of: offer.path))  from \(offer.source)")
            }
        }
        for path in unread {
            lines.append("what \(path.name) needs is known when it is here")
        }
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
        if !plan.isEmpty {
            lines.append(PlanSummary(plan, expected: expected, jobs: jobs).line)
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
