import Primitives

/// A stream that a command writes to, and what is known of its other end.
public struct CommandOutput: Sendable {
    /// Whether a person's terminal is at the other end.
    public var isTerminal: Bool
    /// Whether colours are wanted: a terminal, and no `NO_COLOR`.
    public var usesColour: Bool
    /// The width of the terminal in characters; 80 when there is none.
    public var columns: Int
    private let writeBytes: @Sendable (Span<UInt8>) throws -> Void

    /// A stream that `write` writes to; it must take all bytes or throw.
    public init(
        isTerminal: Bool = false, usesColour: Bool = false, columns: Int = 80,
        write: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) {
        self.isTerminal = isTerminal
        self.usesColour = usesColour
        self.columns = columns
        writeBytes = write
    }

    /// Writes `bytes`.
    public func write(_ bytes: Span<UInt8>) throws { try writeBytes(bytes) }

    /// Writes `bytes`.
    public func write(_ bytes: [UInt8]) throws { try writeBytes(bytes.span) }

    /// Writes `text` and a newline.
    public func print(_ text: String) throws { try write(Array((text + "\n").utf8)) }

    /// `text` in the colour of the SGR `code` ("31" is red), where colours are wanted.
    public func coloured(_ text: String, _ code: String) -> String {
        usesColour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}

extension CommandOutput {
    /// This stream as the end of a pipeline of bytes.
    struct Sink: ByteSink {
        let output: CommandOutput

        func write(_ bytes: Span<UInt8>) throws { try output.write(bytes) }
    }
}
