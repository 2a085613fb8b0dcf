/// What is shown of URLs: neither user and password nor query and fragment, which often hold a token.
package enum URLRedaction {
    /// `url` with user information, query and fragment replaced, and nothing that could steer a
    /// terminal: it may be written by a server. Redacting twice changes nothing.
    package static func redact(_ url: String) -> String {
        var shown: [UInt8] = []
        var rest = Array(url.utf8)[...]
        if let start = authority(rest) {
            shown += rest[..<start]
            rest = rest[start...]
            let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
            if let sign = rest[..<end].lastIndex(of: UInt8(ascii: "@")) {
                shown += "***".utf8
                rest = rest[sign...]
            }
        }
        let query = rest.firstIndex { "?#".utf8.contains($0) } ?? rest.endIndex
        shown += rest[..<query]
        if query < rest.endIndex { shown += "?…".utf8 }
        return String(
            String.UnicodeScalarView(
                String(decoding: shown, as: UTF8.self).unicodeScalars.map {
                    $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) ? "\u{fffd}" : $0
                }))
    }

    /// A text of several words or lines, with every URL in it redacted; the rest stays as it is.
    package static func redact(in text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")), text.contains("://") else { return text }
        var result = ""
        for part in text.split(omittingEmptySubsequences: false, whereSeparator: isBorder) {
            result += part.contains("://") ? redactTail(String(part)) : String(part)
            if part.endIndex < text.endIndex { result.append(text[part.endIndex]) }
        }
        return result
    }

    /// What may stand around a URL in a text, but not in one.
    private static func isBorder(_ character: Character) -> Bool {
        character.isWhitespace || "\"'`<>()[]{},;|\\".contains(character)
    }

    /// A word such as `url=https://…`: the scheme begins behind what no scheme holds.
    private static func redactTail(_ word: String) -> String {
        guard let separator = word.firstRange(of: "://") else { return word }
        let scheme = word[..<separator.lowerBound].unicodeScalars.reversed().prefix {
            $0.isASCII
                && ($0.properties.isAlphabetic || "0123456789+-.".unicodeScalars.contains($0))
        }
        let start = word.unicodeScalars.index(
            separator.lowerBound, offsetBy: -scheme.count)
        return String(word[..<start]) + redact(String(word[start...]))
    }

    /// Where the part behind `://` begins.
    private static func authority(_ url: ArraySlice<UInt8>) -> Int? {
        let separator = Array("://".utf8)
        return url.indices.first { url[$0...].starts(with: separator) }.map { $0 + 3 }
    }
}
