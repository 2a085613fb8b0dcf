import Primitives

/// An answer of one text a line, such as store paths; in JSON a list.
struct LinesAnswer: CommandAnswer {
    let lines: [String]

    var json: JSONValue { .strings(lines) }

    func text(for output: CommandOutput) -> String {
        lines.map { $0 + "\n" }.joined()
    }
}
