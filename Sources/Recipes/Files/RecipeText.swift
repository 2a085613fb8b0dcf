package import TOML

/// The text of a recipe file, and where its version and sources stand in it: to be changed without touching
/// anything else.
package struct RecipeText {
    /// A source as the text has it.
    package struct Entry: Sendable {
        /// The addresses.
        package let urls: [Placed<String>]
        /// The hash, which may be empty.
        package let hash: Placed<String>?
        /// Where the size stands.
        package let size: TOMLPlace?
    }

    /// The version.
    package let version: Placed<String>?
    /// The downloads among the sources.
    package let sources: [Entry]
    private let bytes: [UInt8]
    private var changes: [(range: Range<Int>, text: String)] = []

    /// A text that is TOML; whether it is a recipe is not asked.
    ///
    /// - Throws: ``RecipeFileError``.
    package init(parsing bytes: [UInt8], file: String) throws(RecipeFileError) {
        let value: TOMLValue
        do { value = try TOMLValue.parsing(bytes) } catch {
            throw RecipeFileError(
                file: file, problems: [RecipeProblem(at: error.place, "not TOML: \(error.reason)")])
        }
        self.bytes = bytes
        var reader = TableReader(value)
        version = reader.text("version")
        sources = reader.list("sources").compactMap { source in
            var table = TableReader(source)
            let urls = table.texts("urls")
            let hash = table.text("hash")
            return urls.isEmpty
                ? nil : Entry(urls: urls, hash: hash, size: table.value("size")?.place)
        }
    }

    /// Puts a text in quotes where another one stands.
    ///
    /// - Returns: whether the text there is one that can be replaced: in quotes, on one line.
    package mutating func replace(_ old: Placed<String>, with text: String) -> Bool {
        guard let start = offset(of: old.place), bytes.indices.contains(start) else { return false }
        let quote = bytes[start]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return false }
        // What stands there without escapes can be found again as it is.
        let end = start + 1 + old.value.utf8.count
        guard bytes.indices.contains(end), bytes[end] == quote,
            Array(bytes[(start + 1)..<end]) == Array(old.value.utf8),
            // Three quotes begin a text of several lines.
            !(old.value.isEmpty && end + 1 < bytes.count && bytes[end + 1] == quote)
        else { return false }
        changes.append((start..<(end + 1), "\"\(text)\""))
        return true
    }

    /// Puts a number where another one stands.
    package mutating func replaceNumber(at place: TOMLPlace, with number: UInt64) {
        guard let start = offset(of: place) else { return }
        let end =
            bytes[start...].firstIndex {
                !($0 == UInt8(ascii: "_") || (0x30...0x39).contains($0))
            } ?? bytes.count
        if start < end { changes.append((start..<end, "\(number)")) }
    }

    /// The text with all that was replaced.
    package var changed: [UInt8] {
        var result = bytes
        for change in changes.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(change.range, with: Array(change.text.utf8))
        }
        return result
    }

    /// Where a place is among the bytes: columns count characters of Unicode.
    private func offset(of place: TOMLPlace) -> Int? {
        var start = 0
        for _ in 1..<max(place.line, 1) {
            guard let end = bytes[start...].firstIndex(of: 0x0a) else { return nil }
            start = end + 1
        }
        var column = 1
        while column < place.column, start < bytes.count {
            start += 1
            // Bytes that go on with a character are no column.
            while start < bytes.count, bytes[start] & 0xc0 == 0x80 { start += 1 }
            column += 1
        }
        return start
    }
}
