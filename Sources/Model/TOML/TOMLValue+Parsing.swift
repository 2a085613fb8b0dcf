import CTOML

extension TOMLValue {
    /// The longest text that is read: what people write by hand is far shorter.
    package static let maximumSize = 65_536
    /// How deep tables and lists may be nested.
    package static let maximumDepth = 16
    /// toml++ takes a dotted key apart by recursion: as deep as there are dots.
    private static let maximumDots = 4096

    /// The table that a text is.
    ///
    /// - Throws: ``TOMLError`` for what is no TOML 1.0, a key that stands twice among them, and for a text
    ///   that is too long or nested too deeply.
    package static func parsing(_ bytes: [UInt8]) throws(TOMLError) -> TOMLValue {
        let start = TOMLPlace(line: 1, column: 1)
        guard bytes.count <= maximumSize else {
            throw TOMLError(
                place: start,
                reason: "this has \(bytes.count) bytes; at most \(maximumSize) are read")
        }
        guard dots(in: bytes) <= maximumDots else {
            throw TOMLError(
                place: start, reason: "this holds more than \(maximumDots) dots outside of comments"
            )
        }
        let document = unsafe bytes.withUnsafeBytes { buffer in
            unsafe nodeos_toml_parse(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, maximumDepth)
        }
        guard let document = unsafe document else {
            throw TOMLError(place: start, reason: "memory is short")
        }
        defer { unsafe nodeos_toml_free(document) }
        var index = 0
        return try unsafe value(in: document, &index).value
    }

    /// The value that stands at `index`, and what belongs to it; `index` goes on behind it.
    private static func value(
        in document: OpaquePointer, _ index: inout Int
    ) throws(TOMLError) -> TOMLEntry {
        let node = unsafe nodeos_toml_at(document, index)
        index += 1
        let place = unsafe TOMLPlace(line: Int(node.line), column: Int(node.column))
        let content: Content
        switch unsafe nodeos_toml_kind(UInt32(node.kind)) {
        case NODEOS_TOML_TABLE:
            var entries: [TOMLEntry] = []
            for _ in 0..<(unsafe node.members) {
                entries.append(try unsafe value(in: document, &index))
            }
            content = .table(entries)
        case NODEOS_TOML_ARRAY:
            var values: [TOMLValue] = []
            for _ in 0..<(unsafe node.members) {
                values.append(try unsafe value(in: document, &index).value)
            }
            content = .array(values)
        case NODEOS_TOML_STRING: content = .string(unsafe text(node.text, node.text_count))
        case NODEOS_TOML_INTEGER: content = .integer(unsafe node.integer)
        case NODEOS_TOML_BOOLEAN: content = .boolean(unsafe node.integer != 0)
        case NODEOS_TOML_ERROR:
            throw TOMLError(place: place, reason: unsafe text(node.text, node.text_count))
        default: content = .other
        }
        return unsafe TOMLEntry(
            text(node.key, node.key_count),
            at: TOMLPlace(line: Int(node.key_line), column: Int(node.key_column)),
            TOMLValue(content, at: place))
    }

    /// A text of a node; toml++ has seen to it that it is UTF-8.
    private static func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        guard let start = unsafe start else { return "" }
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The dots of all lines that are not comments.
    private static func dots(in bytes: [UInt8]) -> Int {
        bytes.split(separator: UInt8(ascii: "\n")).reduce(0) { count, line in
            line.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "#")
                ? count : count + line.count { $0 == UInt8(ascii: ".") }
        }
    }
}
