import Primitives
package import Realisation
package import StoreModel

/// A plan in a sentence, for people, and the words shared by all progress formats.
package struct PlanSummary {
    private let plan: BuildPlan
    private let expected: [StorePath: Double]
    private let jobs: Int

    /// A summary; `expected` as in the event.
    package init(_ plan: BuildPlan, expected: [StorePath: Double], jobs: Int) {
        self.plan = plan
        self.expected = expected
        self.jobs = jobs
    }

    /// For example "to do: 3 builds, 1 unpack, 57 fetches (75.9 MB); about 6m left".
    package var line: String {
        var parts: [String] = []
        let kinds: [(BuildPlan.Kind, String, String)] = [
            (.build, "build", "builds"), (.unpack, "unpacking", "unpackings"),
            (.fetch, "fetch", "fetches"),
        ]
        for (kind, one, many) in kinds {
            let count = plan.count(kind)
            guard count > 0 else { continue }
            var part = "\(count) \(count == 1 ? one : many)"
            if kind == .fetch, plan.fetchBytes > 0 { part += " (\(ByteCount(plan.fetchBytes)))" }
            parts.append(part)
        }
        var text = "to do: " + parts.joined(separator: ", ")
        var state = ProgressState()
        state.apply(.planned(plan, expected: expected), at: 0)
        if let left = state.timeLeft(at: 0, jobs: jobs) {
            text += "; \(left.isLowerBound ? "more than" : "about") \(Self.duration(left.seconds))"
        }
        return text
    }

    /// Why downloads that are there are fetched again.
    package var staleLines: [String] {
        plan.stale.sorted { $0.name < $1.name }.map {
            "'\(Self.title($0))' is named with other URLs than it was fetched for: it is fetched "
                + "again to compare (--assume-fixed spares this)"
        }
    }

    /// A derivation's name without hash and `.drv`.
    package static func title(_ path: StorePath) -> String {
        let name = path.name
        return name.hasSuffix(".drv") ? String(name.dropLast(4)) : name
    }

    /// Seconds for people: `0.4s`, `12s`, `3m05s`, `1h02m`.
    package static func duration(_ seconds: Double) -> String {
        // A database may say anything.
        let seconds = seconds.isFinite ? min(max(seconds, 0), 1e15) : 0
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch seconds {
        // Judged by what is shown: 59.7 is a minute.
        case ..<9.95:
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)s"
        case ..<59.5: return "\(whole)s"
        case ..<3599.5: return "\(whole / 60)m\(two(whole % 60))s"
        default: return "\(whole / 3600)h\(two(whole % 3600 / 60))m"
        }
    }
}
