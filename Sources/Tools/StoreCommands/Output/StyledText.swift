import Primitives

/// Text for a person, with colours and moves of the cursor. These stand beside the text, never in it: all text
/// is cleaned when it is written, wherever it comes from, and only what this type adds reaches a terminal
/// as it is.
package struct StyledText: Hashable, Sendable {
    private enum Run: Hashable {
        case text(String)
        case sequence(String)
    }

    private var spans: [Run] = []

    /// `text` without colour.
    package init(_ text: String) { if !text.isEmpty { spans = [.text(text)] } }

    /// `text` in the colour of the SGR `code`: "31" is red, "1;31" bold red.
    init(_ text: String, colour code: StaticString) {
        spans = [.sequence("\u{1b}[\(code)m"), .text(text), .sequence("\u{1b}[0m")]
    }

    private init(sequence: String) { spans = [.sequence(sequence)] }

    /// Moves the cursor up by so many lines.
    static func cursorUp(_ lines: Int) -> StyledText { StyledText(sequence: "\u{1b}[\(lines)A") }
    /// Goes to the beginning of the line and clears it.
    static let clearedLine = StyledText(sequence: "\r\u{1b}[K")
    /// Goes to the beginning of the line and clears all from there on.
    static let clearedBelow = StyledText(sequence: "\r\u{1b}[J")

    /// Whether there is nothing.
    var isEmpty: Bool { spans.isEmpty }

    /// The text, without colours and as it came.
    var plain: String {
        spans.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    /// The bytes to write, with each piece of text as `form` gives it.
    func bytes(_ form: (String) -> [UInt8]) -> [UInt8] {
        spans.flatMap { span in
            switch span {
            case .text(let text): form(text)
            case .sequence(let sequence): Array(sequence.utf8)
            }
        }
    }

    /// One after the other.
    package static func + (left: StyledText, right: StyledText) -> StyledText {
        var result = left
        result += right
        return result
    }

    /// Adds `right` at the end.
    package static func += (left: inout StyledText, right: StyledText) {
        for span in right.spans {
            if case .text(let more) = span, case .text(let text)? = left.spans.last {
                left.spans[left.spans.count - 1] = .text(text + more)
            } else {
                left.spans.append(span)
            }
        }
    }
}

extension StyledText: ExpressibleByStringInterpolation {
    /// Collects the pieces of a literal.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = StyledText("")

        /// Nothing yet.
        package init(literalCapacity: Int, interpolationCount: Int) {}
        /// Adds text of the program.
        package mutating func appendLiteral(_ literal: String) { text += StyledText(literal) }
        /// Adds text with its colours.
        package mutating func appendInterpolation(_ more: StyledText) { text += more }
        /// Adds the text of a value.
        package mutating func appendInterpolation(_ value: some Any) {
            let plain: String = "\(value)"
            text += StyledText(plain)
        }
    }

    /// A literal without values.
    package init(stringLiteral value: String) { self.init(value) }
    /// A literal with values.
    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.text }
}

extension Sequence<StyledText> {
    /// One after the other, with `separator` between them.
    func joined(separator: String = "") -> StyledText {
        var result = StyledText("")
        for (index, text) in enumerated() {
            if index > 0 { result += StyledText(separator) }
            result += text
        }
        return result
    }

    /// Each a line of its own.
    var lines: StyledText { map { $0 + "\n" }.joined() }
}

/// What a command prints for people: plain text, or text with colours.
package protocol PrintedText {
    /// The text with its colours.
    var styled: StyledText { get }
}

extension String: PrintedText {
    /// Without colours.
    package var styled: StyledText { StyledText(self) }
}

extension StyledText: PrintedText {
    /// Itself.
    package var styled: StyledText { self }
}
