import Primitives

/// A stream that a command writes to, and what is known of its other end.
///
/// Here everything is cleaned that goes to a terminal, and nowhere else: names in outputs and archives, logs,
/// servers' answers and whatever else strangers write can hold sequences that clear the screen, set the
/// title or fill the clipboard. Answers to a pipe or file stay as they are, byte for byte.
package struct CommandOutput: Sendable {
    /// Whether a person's terminal is at the other end.
    package var isTerminal: Bool
    /// Whether colours are wanted: a terminal, and no `NO_COLOR`.
    package var usesColour: Bool
    /// The size of the terminal, as it is now.
    package var size: @Sendable () -> TerminalSize
    /// Whether bytes are written as they are: answers to a pipe or file. Messages never are, since a log that
    /// holds them is shown on a terminal in the end.
    package internal(set) var keepsBytes: Bool
    /// What makes commands in messages ones to be pasted.
    var hints = StoreHints(nil)
    private let writeBytes: @Sendable (Span<UInt8>) throws -> Void

    /// A stream that `write` writes to; it must take all bytes or throw.
    package init(
        isTerminal: Bool = false, usesColour: Bool = false,
        size: @escaping @Sendable () -> TerminalSize = { TerminalSize() },
        write: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) {
        self.isTerminal = isTerminal
        self.usesColour = usesColour
        keepsBytes = !isTerminal
        self.size = size
        writeBytes = write
    }

    /// The width of the terminal in characters; 80 when there is none.
    package var columns: Int { size().columns }

    /// Writes `bytes`: all of an answer that is for programs.
    package func write(_ bytes: [UInt8]) throws {
        var sink = Sink(self)
        try sink.write(bytes.span)
        try sink.finish()
    }

    /// Writes `text`.
    package func write(_ text: some PrintedText) throws {
        let bytes = text.styled.bytes { text in
            keepsBytes ? text.systemBytes : Array(TerminalCleaner.clean(text).utf8)
        }
        if !bytes.isEmpty { try writeBytes(bytes.span) }
    }

    /// Writes `text` and a newline.
    package func print(_ text: some PrintedText) throws { try write(text.styled + "\n") }

    /// `text` in the colour of the SGR `code` ("31" is red), where colours are wanted.
    func coloured(_ text: String, _ code: StaticString) -> StyledText {
        usesColour ? StyledText(text, colour: code) : StyledText(text)
    }
}

/// How large a terminal is.
package struct TerminalSize: Hashable, Sendable {
    /// Characters in a line.
    package var columns = 80
    /// Lines; 0 while another program has the terminal.
    package var rows = 24

    /// The size of a terminal that does not say it.
    package init() {}
}

extension CommandOutput {
    /// This stream as the end of a pipeline of bytes.
    struct Sink: ByteSink {
        private let output: CommandOutput
        private var cleaner: TerminalCleaner

        /// - Parameter isLog: whether the bytes are a builder's, whose colours are kept.
        init(_ output: CommandOutput, isLog: Bool = false) {
            self.output = output
            cleaner = TerminalCleaner(
                colours: !isLog ? .spelledOut : output.usesColour ? .kept : .dropped)
            endsColour = isLog && output.usesColour
        }

        private let endsColour: Bool

        mutating func write(_ bytes: Span<UInt8>) throws {
            if output.keepsBytes { return try output.writeBytes(bytes) }
            let cleaned = cleaner.clean(bytes)
            if !cleaned.isEmpty { try output.writeBytes(cleaned.span) }
        }

        /// Writes what is left at the end.
        mutating func finish() throws {
            guard !output.keepsBytes else { return }
            let rest = cleaner.end() + (endsColour ? Array("\u{1b}[0m".utf8) : [])
            if !rest.isEmpty { try output.writeBytes(rest.span) }
        }
    }
}
