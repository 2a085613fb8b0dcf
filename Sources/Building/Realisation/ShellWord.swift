import Primitives

/// A text as a shell reads it back: one word, whatever is in it.
enum ShellWord {
    /// `text` in single quotes.
    ///
    /// By bytes: a quote and a combining mark behind it are one Swift character, which is no quote.
    static func quoted(_ text: ByteString) -> ByteString {
        var bytes = [UInt8(ascii: "'")]
        for byte in text.bytes {
            if byte == UInt8(ascii: "'") {
                bytes += #"'\''"#.utf8
            } else {
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "'"))
        return ByteString(bytes)
    }

    /// `text` as a person would type it: in quotes only where it needs them.
    static func typed(_ text: ByteString) -> ByteString {
        !text.isEmpty && text.bytes.allSatisfy(isPlain) ? text : quoted(text)
    }

    /// Whether `text` is a variable's name.
    static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "-_./+=:@,%".utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
