import Graphs
import Primitives

/// How one difference of two derivations is told.
enum DerivationDifferenceText {
    /// How many words or lines are shown to people.
    private static let shown = 6

    /// All words or lines.
    static func json(_ difference: DerivationDifference) -> JSONValue {
        .object([
            "field": .string(difference.field.rawValue), "key": .string(difference.key),
            "removed": .strings(difference.removed), "added": .strings(difference.added),
        ])
    }

    /// The field, and the first words or lines that came and went.
    static func lines(
        _ difference: DerivationDifference, indentation: String = "  ", _ output: CommandOutput
    ) -> StyledText {
        "\(indentation)\(title(difference))\n"
            + changes(difference.removed, "-", "31", indentation, output)
            + changes(difference.added, "+", "32", indentation, output)
    }

    private static func title(_ difference: DerivationDifference) -> String {
        let key = TerminalCleaner.clean(difference.key.oneLine)
        return switch difference.field {
        case .name, .system, .builder: difference.field.rawValue
        case .arguments: key.isEmpty ? "arguments" : "argument \(key)"
        case .inputs: key.isEmpty ? "inputs" : "outputs wanted of \(key)"
        case .variable, .output, .source: "\(difference.field.rawValue) \(key)"
        }
    }

    private static func changes(
        _ texts: [String], _ mark: String, _ colour: StaticString, _ indentation: String,
        _ output: CommandOutput
    ) -> StyledText {
        var lines = texts.prefix(shown).map { "\(mark) \(shortened($0, to: output))" }
        if texts.count > shown { lines.append("\(mark) … \(texts.count - shown) more") }
        return lines.map { "\(indentation)  \(output.coloured($0, colour))" }.lines
    }

    private static func shortened(_ text: String, to output: CommandOutput) -> String {
        let text = TerminalCleaner.clean(text.oneLine)
        let limit = output.isTerminal ? max(60, output.columns - 6) : 500
        return text.count > limit ? "\(text.prefix(limit - 1))…" : text
    }
}
