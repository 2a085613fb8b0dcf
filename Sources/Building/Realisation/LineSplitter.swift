/// Cuts a stream of bytes into lines, whatever the chunks.
struct LineSplitter {
    /// The longest line kept; what is beyond is dropped from the line, not from the log.
    static let maximumLineCount = 4096

    private var pending: [UInt8] = []

    /// Takes `bytes` and hands each finished line, without its end, to `line`. A carriage return
    /// ends a line too, so that progress meters do not pile up.
    mutating func feed(_ bytes: Span<UInt8>, _ line: ([UInt8]) -> Void) {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                close(line)
            } else if pending.count < Self.maximumLineCount {
                pending.append(byte)
            }
        }
    }

    /// Hands over what has no newline yet.
    mutating func finish(_ line: ([UInt8]) -> Void) { close(line) }

    private mutating func close(_ line: ([UInt8]) -> Void) {
        guard !pending.isEmpty else { return }
        line(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
