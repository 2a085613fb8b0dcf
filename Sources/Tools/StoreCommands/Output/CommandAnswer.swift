package import Primitives

/// What a command answers: a value with two forms.
package protocol CommandAnswer: Sendable {
    /// Plain text, or text with colours.
    associatedtype Text: PrintedText

    /// For programs: a record or list, numbers exact, what is absent `null`.
    var json: JSONValue { get }

    /// For people: whole lines, each with its newline.
    func text(for output: CommandOutput) -> Text
}

/// An answer of store paths in full, one a line; in JSON the record `{"paths": […]}`.
struct PathsAnswer: CommandAnswer {
    let paths: [String]

    var json: JSONValue { .object(["paths": .strings(paths)]) }

    func text(for output: CommandOutput) -> String { paths.map { $0 + "\n" }.joined() }
}
