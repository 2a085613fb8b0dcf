import Audits
import Primitives
import StoreModel

/// The answer of `audit fixed-point`.
struct FixedPointAnswer: CommandAnswer {
    let result: FixedPointSearch.Result
    let store: StoreDirectory

    // MARK: For programs

    var json: JSONValue {
        .object([
            "fixedPoint": result.fixedPoint.map { .count($0) } ?? .null,
            "generations": .array(result.generations.map(paths)),
            "comparisons": .array(result.comparisons.enumerated().map(json)),
        ])
    }

    private func json(_ index: Int, _ comparison: GenerationComparison) -> JSONValue {
        let pairing = comparison.pairing
        return .object([
            "first": .count(index + 1), "second": .count(index + 2),
            "equal": .bool(comparison.isEqual),
            "builtFromFirst": .bool(result.successors.contains(index + 2)),
            "packages": .array(comparison.items.map(json)),
            "leaks": paths(pairing.leaks.sorted()), "shared": paths(pairing.shared.sorted()),
            "onlyInFirst": paths(pairing.onlyInFirst.sorted()),
            "onlyInSecond": paths(pairing.onlyInSecond.sorted()),
        ])
    }

    private func json(_ item: GenerationComparison.Item) -> JSONValue {
        .object([
            "name": .string(item.pair.first.name),
            "first": .string(store.path(of: item.pair.first)),
            "second": .string(store.path(of: item.pair.second)),
            "equal": .bool(item.isEqual),
            "ownDigests": .strings(item.ownDigests.map(\.explanation)),
            "difference": item.report.map(TreeDifferenceText.json) ?? .null,
        ])
    }

    private func paths(_ paths: [StorePath]) -> JSONValue {
        .strings(paths.map(store.path(of:)))
    }

    // MARK: For people

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = []
        for (index, comparison) in result.comparisons.enumerated() {
            lines.append("generation \(index + 2) beside \(index + 1):")
            lines += self.lines(comparison, output).map { "  \($0)" }
        }
        lines.append(output.coloured(verdict, result.fixedPoint == nil ? "1;31" : "32"))
        return lines.lines
    }

    private func lines(_ comparison: GenerationComparison, _ output: CommandOutput) -> [StyledText]
    {
        let pairing = comparison.pairing
        let equal = comparison.items.filter { $0.report == nil }.map(\.pair.first.name)
        var lines: [StyledText] = []
        if !equal.isEmpty { lines.append("equal: \(equal.joined(separator: ", "))") }
        for item in comparison.items {
            guard let report = item.report else { continue }
            lines.append(
                item.isEqual
                    ? "equal but for digests of itself: \(item.pair.first.name)"
                    : output.coloured("differs: \(item.pair.first.name)", "1;31"))
            if item.isEqual {
                lines += Set(item.ownDigests.map(\.explanation)).sorted().map { "    \($0)" }
            } else {
                lines.append("    \(store.path(of: item.pair.first))")
                lines.append("    \(store.path(of: item.pair.second))")
                if report.isEmpty {
                    lines.append("    references stand where the other has the text in their stead")
                }
            }
            let details = TreeDifferenceText.lines(report)
            lines += details.map { "    \($0)" }
        }
        for (paths, what) in [
            (pairing.leaks, "the later still refers to the earlier's"),
            (pairing.onlyInFirst, "only the earlier has"),
            (pairing.onlyInSecond, "only the later has"),
        ] {
            lines += paths.sorted().map { "\(what): \(store.path(of: $0))" }
        }
        if !pairing.shared.isEmpty {
            lines.append("referred to by both, and not built anew: \(pairing.shared.count) paths")
        }
        return lines
    }

    /// The last line.
    private var verdict: String {
        if let generation = result.fixedPoint {
            let next = generation + 1
            guard result.successors.contains(next) else {
                return
                    "equal: generation \(next) is the same as \(generation) but for the hashes in their "
                    + "own paths; its derivation does not say that one made the other"
            }
            return
                "a fixed point: generation \(next) is built from generation \(generation), and they "
                + "are equal but for the hashes in their own paths"
        }
        guard let last = result.comparisons.last else { return "nothing was compared" }
        let different = last.items.count { !$0.isEqual }
        return "no fixed point: generation \(result.generations.count) is not the same as "
            + "\(result.generations.count - 1) (\(different) of \(last.items.count) packages differ)"
    }
}
