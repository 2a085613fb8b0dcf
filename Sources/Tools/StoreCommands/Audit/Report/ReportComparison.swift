import Primitives
import StoreModel

/// What a file of `audit compare --json` (or `audit challenge --json`) says of derivations.
///
/// A derivation is the same when all its outputs that were compared match and at least two sides built
/// them, and differs when one does not match. Of the others, nothing is said.
struct ReportComparison {
    private(set) var entries: [StorePath: ReportEntry] = [:]
    /// Outputs whose derivation is not of the report's graph.
    private(set) var foreignCount = 0
    /// Who was compared: name, machine, who signed.
    let sides: [[String]]
    /// What was noticed about the sides, such as two that are one machine's.
    let remarks: [String]

    /// - Parameters:
    ///   - value: the file, which may come from anybody: what has another form is left out.
    ///   - own: the derivations that the report is about.
    ///   - known: these, and what a hash fixes: that can only be the same, and is left out.
    init(
        _ value: JSONValue, in store: StoreDirectory, of own: Set<StorePath>,
        knowing known: Set<StorePath>
    ) {
        sides = (value["sides"]?.array ?? []).prefix(1000).map { side in
            ["name", "machine", "signer"].map { String((side[$0]?.string ?? "").prefix(400)) }
        }
        remarks = (value["remarks"]?.array ?? []).prefix(100).compactMap(\.string)
            .map { String($0.prefix(400)) }
        let names = (value["sides"]?.array ?? []).prefix(1000).map { $0["name"]?.string ?? "?" }
        var outputs: [StorePath: [JSONValue]] = [:]
        for output in value["outputs"]?.array ?? [] {
            let name = output["derivation"]?.string ?? output["path"]?.string ?? ""
            guard let derivation = try? store.parse(name), own.contains(derivation) else {
                if (try? store.parse(name)).map(known.contains) != true { foreignCount += 1 }
                continue
            }
            outputs[derivation, default: []].append(output)
        }
        let firsts = Set(
            (value["groups"]?.array ?? []).compactMap { $0["derivation"]?.string }
                .compactMap { try? store.parse($0) })
        for (derivation, outputs) in outputs {
            let different = outputs.filter { $0["verdict"]?.string == "mismatch" }
            if !different.isEmpty {
                entries[derivation] = ReportEntry(
                    word: firsts.contains(derivation) ? "mismatch" : "follows",
                    blame: firsts.contains(derivation) ? [] : ["inputs that differ"],
                    lines: different.prefix(20).flatMap { Self.lines($0, names) })
            } else if outputs.allSatisfy({
                $0["verdict"]?.string == "match" && ($0["builders"]?.integer ?? 0) > 1
            }) {
                entries[derivation] = ReportEntry(word: "same", blame: [], lines: [])
            }
        }
    }

    private static func lines(_ output: JSONValue, _ names: [String]) -> [String] {
        let sides = zip(names, output["sides"]?.array ?? []).compactMap { name, side -> String? in
            guard let hash = side["narHash"]?.string else { return nil }
            let origin = side["origin"]?.string.map { ", \($0)" } ?? ""
            return "  \(name): \(hash)\(origin)"
        }
        return ([output["path"]?.string ?? "?"] + sides).map { String($0.prefix(400)) }
    }
}
