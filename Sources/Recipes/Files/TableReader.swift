import Primitives
import TOML

/// Reads the values of one table by their keys, and notes what is wrong with them.
struct TableReader {
    private let entries: [TOMLEntry]
    /// Where the table begins.
    let place: TOMLPlace
    /// What was asked for: every other key is unknown.
    private var known: Set<String> = []
    /// What was wrong so far.
    private(set) var problems: [RecipeProblem] = []

    /// The table that `value` is.
    init(_ value: TOMLValue) {
        place = value.place
        if case .table(let entries) = value.content {
            self.entries = entries
        } else {
            entries = []
            problems = [RecipeProblem(at: value.place, "this is \(value.kind), not a table")]
        }
    }

    /// The keys that are there, in the order of the text.
    var keys: [TOMLEntry] { entries.sorted { $0.place < $1.place } }

    /// Notes a problem.
    mutating func note(_ reason: String, at place: TOMLPlace) {
        problems.append(RecipeProblem(at: place, reason))
    }

    /// Notes the problems of another reader.
    mutating func note(_ other: [RecipeProblem]) { problems += other }

    /// Notes the keys that nobody asked for, and what is missing.
    mutating func finish() {
        for entry in keys where !known.contains(entry.key) {
            let near = Suggestion.nearest(to: entry.key, among: known.sorted())
            let hint =
                near.map { "did you mean '\($0)'?" }
                ?? "there are: \(known.sorted().joined(separator: ", "))"
            note("unknown key '\(entry.key)'; \(hint)", at: entry.place)
        }
    }

    /// The value of a key, whatever it is.
    mutating func value(_ key: String) -> TOMLValue? {
        known.insert(key)
        return entries.first { $0.key == key }?.value
    }

    /// The value of a key, which must be there.
    mutating func required(_ key: String, _ example: String) -> TOMLValue? {
        if let value = value(key) { return value }
        note("the key '\(key)' is missing; write \(key) = \(example)", at: place)
        return nil
    }

    /// A text.
    mutating func text(_ key: String) -> Placed<String>? { value(key).flatMap { text($0) } }

    /// A text that must be there, in one line.
    mutating func requiredText(_ key: String, _ example: String) -> Placed<String>? {
        required(key, example).flatMap { line($0) }
    }

    /// A list of texts; none when the key is not there.
    mutating func texts(_ key: String) -> [Placed<String>] {
        list(key).compactMap { text($0) }
    }

    /// The members of a list; none when the key is not there.
    mutating func list(_ key: String) -> [TOMLValue] {
        guard let value = value(key) else { return [] }
        guard case .array(let values) = value.content else {
            let remedy =
                if case .table = value.content {
                    "write a list of tables, with two brackets: [[\(key)]]"
                } else { "write a list: \(key) = [ … ]" }
            note("'\(key)' is \(value.kind); \(remedy)", at: value.place)
            return []
        }
        return values
    }

    /// A table; `nil` when the key is not there.
    mutating func table(_ key: String) -> TOMLValue? {
        guard let value = value(key) else { return nil }
        guard case .table = value.content else {
            note("'\(key)' is \(value.kind); write a table: [\(key)]", at: value.place)
            return nil
        }
        return value
    }

    /// The text that a value is.
    mutating func text(_ value: TOMLValue) -> Placed<String>? {
        guard case .string(let text) = value.content else {
            note("this is \(value.kind); write a text in quotes", at: value.place)
            return nil
        }
        guard !text.utf8.contains(0) else {
            note("a text here cannot hold the character U+0000", at: value.place)
            return nil
        }
        return Placed(text, at: value.place)
    }

    /// The text that a value is, which must be a line and not empty.
    mutating func line(_ value: TOMLValue) -> Placed<String>? {
        guard let text = text(value) else { return nil }
        guard !text.value.isEmpty, text.value.allSatisfy({ !$0.isNewline }) else {
            note("this must be one line, and not empty", at: value.place)
            return nil
        }
        return text
    }
}
