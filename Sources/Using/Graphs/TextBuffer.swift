/// Text being written, as bytes.
struct TextBuffer {
    private(set) var bytes: [UInt8] = []

    /// Appends `text`.
    mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends each of `texts`.
    mutating func add(_ texts: String...) {
        for text in texts { bytes.append(contentsOf: text.utf8) }
    }

    /// Appends `text` and a newline.
    mutating func line(_ text: String = "") {
        add(text)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Appends `text` with some of its bytes replaced.
    ///
    /// - Parameter escape: what to write for an ASCII byte; `nil` for the byte itself.
    mutating func add(_ text: String, escape: (UInt8) -> StaticString?) {
        let span = text.utf8.span
        guard span.indices.contains(where: { span[$0] < 0x80 && escape(span[$0]) != nil }) else {
            // The rule: nothing to replace, so everything at once.
            return add(text)
        }
        for index in span.indices {
            if span[index] < 0x80, let replacement = escape(span[index]) {
                bytes.append(contentsOf: replacement.description.utf8)
            } else {
                bytes.append(span[index])
            }
        }
    }
}
