/// DOT text being written.
struct DOTText {
    private(set) var bytes: [UInt8] = []

    /// Appends a line.
    mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// `text` as a DOT string: in quotes, newlines as `\n`.
    static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x5c || $0 < 0x20 }) else {
            return "\"\(text)\""
        }
        var result = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where character.value < 0x20: result += " "
            default: result.unicodeScalars.append(character)
            }
        }
        return result + "\""
    }
}
