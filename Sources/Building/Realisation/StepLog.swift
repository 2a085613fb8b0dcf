import Primitives
import StoreModel
import Synchronization

/// The log of one running step: every byte to the log file, every line to those who watch, the
/// last lines kept for the error message. Called from the thread that reads the builder's output.
final class StepLog: Sendable {
    private struct Contents: ~Copyable {
        var splitter = LineSplitter()
        var origin: String?
        var messages: [String] = []
    }

    private let contents = Mutex(Contents())
    private let path: StorePath
    private let isBuiltin: Bool
    private let onEvent: @Sendable (RealisationEvent) -> Void

    /// A log.
    ///
    /// - Parameter isBuiltin: whether lines may be messages from a child of ours.
    init(
        _ path: StorePath, isBuiltin: Bool, onEvent: @escaping @Sendable (RealisationEvent) -> Void
    ) {
        self.path = path
        self.isBuiltin = isBuiltin
        self.onEvent = onEvent
    }

    /// Takes what the builder printed.
    func write(_ bytes: Span<UInt8>) {
        // Copied out of the span: it may not be captured.
        let chunk = bytes.copied()
        contents.withLock { contents in
            var lines: [[UInt8]] = []
            contents.splitter.feed(chunk.span) { lines.append($0) }
            for line in lines { take(line, &contents) }
        }
    }

    /// The end: what has no newline becomes a line.
    func finish() {
        contents.withLock { contents in
            var lines: [[UInt8]] = []
            contents.splitter.finish { lines.append($0) }
            for line in lines { take(line, &contents) }
        }
    }

    /// The last lines, for an error message.
    var lastLines: [String] { contents.withLock { $0.messages } }

    /// The URL a download came from.
    var origin: String? { contents.withLock { $0.origin } }

    private func take(_ line: [UInt8], _ contents: inout Contents) {
        if isBuiltin, let message = BuiltinMessage(line: line) {
            switch message {
            case .progress(let done, let total):
                onEvent(.progress(path, done: done, total: total))
            case .origin(let url): contents.origin = url
            }
            return
        }
        contents.messages.append(TerminalCleaner.clean(line, colours: .dropped))
        if contents.messages.count > 10 { contents.messages.removeFirst() }
        onEvent(.log(path, line))
    }
}
