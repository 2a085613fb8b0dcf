public import Primitives

/// What a command answers: a value with two forms.
public protocol CommandAnswer: Sendable {
    /// Plain text, or text with colours.
    associatedtype Text: PrintedText

    /// For programs: a record or list, numbers exact, what is absent `null`.
    var json: JSONValue { get }

    /// For people: whole lines, each with its newline.
    func text(for output: CommandOutput) -> Text
}
