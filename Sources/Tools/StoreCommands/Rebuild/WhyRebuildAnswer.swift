import Graphs
import Primitives
import StoreModel

/// What `why-rebuild` answers.
struct WhyRebuildAnswer: CommandAnswer {
    let reasons: RebuildReasons
    let store: StoreDirectory

    /// How many words or lines of one difference are shown to people.
    private static let shown = 6

    var json: JSONValue {
        .object([
            "rebuilds": .bool(reasons.rebuilds), "consequences": .count(reasons.consequences),
            "causes": .array(reasons.causes.map(json)),
            "harmless": .array(reasons.harmless.map(json)),
        ])
    }

    private func json(_ pair: RebuildReasons.Pair) -> JSONValue {
        .object([
            "first": .string(store.path(of: pair.first)),
            "second": .string(store.path(of: pair.second)),
            "chain": .strings(pair.chain),
            "differences": .array(
                pair.differences.map { difference in
                    .object([
                        "field": .string(difference.field.rawValue),
                        "key": .string(difference.key),
                        "removed": .strings(difference.removed),
                        "added": .strings(difference.added),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        if reasons.rebuilds {
            text += "rebuilt because of \(counted(reasons.causes.count, "derivation"))"
            if reasons.consequences > 0 {
                text += "; \(counted(reasons.consequences, "other")) only because of what they need"
            }
            text += ":\n"
        } else {
            text += "not rebuilt: the outputs are the same\n"
        }
        for pair in reasons.causes { text += "\n" + lines(pair, output) }
        if !reasons.harmless.isEmpty {
            text += "\nno reason to rebuild, since the hash of what they make is fixed:\n"
            for pair in reasons.harmless { text += "\n" + lines(pair, output) }
        }
        return text
    }

    private func lines(_ pair: RebuildReasons.Pair, _ output: CommandOutput) -> String {
        var text = output.coloured(pair.chain.last ?? "", "1") + needed(by: pair.chain) + "\n"
        for difference in pair.differences {
            text += "  \(Self.title(difference))\n"
            text += changes(difference.removed, "-", "31", output)
            text += changes(difference.added, "+", "32", output)
        }
        return text
    }

    /// The way from the cause to the goal; of a long one, both ends.
    private func needed(by chain: [String]) -> String {
        var users = Array(chain.dropLast().reversed())
        guard !users.isEmpty else { return "" }
        if users.count > 4 {
            let skipped = users.count - 3
            users.replaceSubrange(2..<(2 + skipped), with: ["… \(skipped) more …"])
        }
        return ", needed by " + users.joined(separator: ", by ")
    }

    private static func title(_ difference: DerivationDifference) -> String {
        let key = ProgressState.printable(Array(difference.key.utf8))
        return switch difference.field {
        case .name, .system, .builder: difference.field.rawValue
        case .arguments: key.isEmpty ? "arguments" : "argument \(key)"
        case .inputs: key.isEmpty ? "inputs" : "outputs wanted of \(key)"
        case .variable, .output, .source: "\(difference.field.rawValue) \(key)"
        }
    }

    private func changes(
        _ texts: [String], _ mark: String, _ colour: String, _ output: CommandOutput
    ) -> String {
        var lines = texts.prefix(Self.shown).map { "\(mark) \(shortened($0, to: output))" }
        if texts.count > Self.shown { lines.append("\(mark) … \(texts.count - Self.shown) more") }
        return lines.map { "    \(output.coloured($0, colour))\n" }.joined()
    }

    private func shortened(_ text: String, to output: CommandOutput) -> String {
        let text = ProgressState.printable(Array(text.utf8))
        let limit = output.isTerminal ? max(60, output.columns - 6) : 500
        return text.count > limit ? "\(text.prefix(limit - 1))…" : text
    }

    private func counted(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }
}
