/// How progress is shown (`--log-format`).
enum LogFormat: String, CaseIterable, Sendable {
    /// What runs now, redrawn in place; for terminals.
    case bar
    /// A line when something begins or ends.
    case plain
    /// As ``plain``, with every line that builders print.
    case raw
    /// One JSON object a line for each event.
    case json
}
