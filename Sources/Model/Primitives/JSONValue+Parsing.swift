extension JSONValue {
    /// Parses a JSON text (RFC 8259): one value, white space around it allowed.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8; nested at most 256 deep.
    ///   - maximumValues: texts of more values, containers included, are refused: what bounds the
    ///     memory when the text is a stranger's.
    /// - Throws: ``JSONError``; also when an object has a key twice.
    public init(
        parsing bytes: Span<UInt8>, maximumValues: Int = .max
    ) throws(JSONError) {
        var cursor = JSONCursor(valuesLeft: maximumValues)
        self = try cursor.value(bytes, depth: 0)
        cursor.skipSpace(bytes)
        guard cursor.offset == bytes.count else {
            throw cursor.fail(bytes, "the value ends here, but the text goes on")
        }
    }

    /// Parses a JSON text; see ``init(parsing:)``.
    public init(parsing bytes: [UInt8]) throws(JSONError) { try self.init(parsing: bytes.span) }
}

/// A position in a JSON text.
private struct JSONCursor {
    var offset = 0
    /// How many more values may come.
    var valuesLeft: Int

    /// Deeper texts are refused, so that no input overflows the stack.
    static let maximumDepth = 256

    func fail(_ bytes: Span<UInt8>, _ reason: String, at place: Int? = nil) -> JSONError {
        let end = min(place ?? offset, bytes.count)
        var line = 1
        for index in 0..<end where bytes[index] == UInt8(ascii: "\n") { line += 1 }
        return JSONError(offset: end, line: line, reason: reason)
    }

    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    /// Steps over white space, then over `byte` when it comes next.
    mutating func skip(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        skipSpace(bytes)
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw fail(bytes, "nested too deep") }
        guard valuesLeft > 0 else { throw fail(bytes, "too many values") }
        valuesLeft -= 1
        skipSpace(bytes)
        guard offset < bytes.count else { throw fail(bytes, "the text ends where a value belongs") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object(bytes, depth: depth)
        case UInt8(ascii: "["): return try array(bytes, depth: depth)
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try literal("null", .null, bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        default: throw fail(bytes, "no JSON value begins with this character")
        }
    }

    private mutating func literal(
        _ text: String, _ value: JSONValue, _ bytes: Span<UInt8>
    ) throws(JSONError) -> JSONValue {
        let start = offset
        for expected in text.utf8 {
            guard offset < bytes.count, bytes[offset] == expected else {
                throw fail(bytes, "expected '\(text)'", at: start)
            }
            offset += 1
        }
        return value
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var items: [JSONValue] = []
        if skip(UInt8(ascii: "]"), bytes) { return .array(items) }
        repeat {
            items.append(try value(bytes, depth: depth + 1))
        } while skip(UInt8(ascii: ","), bytes)
        guard skip(UInt8(ascii: "]"), bytes) else { throw fail(bytes, "expected ',' or ']'") }
        return .array(items)
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var members: [String: JSONValue] = [:]
        if skip(UInt8(ascii: "}"), bytes) { return .object(members) }
        repeat {
            skipSpace(bytes)
            let start = offset
            guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
                throw fail(bytes, "expected a key in quotes")
            }
            let key = try string(bytes)
            guard skip(UInt8(ascii: ":"), bytes) else { throw fail(bytes, "expected ':'") }
            guard members.updateValue(try value(bytes, depth: depth + 1), forKey: key) == nil
            else { throw fail(bytes, "the key '\(key)' stands twice", at: start) }
        } while skip(UInt8(ascii: ","), bytes)
        guard skip(UInt8(ascii: "}"), bytes) else { throw fail(bytes, "expected ',' or '}'") }
        return .object(members)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = offset
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let first = offset
        let integerDigits = digits(bytes)
        var isValid =
            integerDigits == 1 || (integerDigits > 1 && bytes[first] != UInt8(ascii: "0"))
        var isInteger = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            isInteger = false
            isValid = digits(bytes) > 0 && isValid
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            isInteger = false
            if offset < bytes.count,
                bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-")
            {
                offset += 1
            }
            isValid = digits(bytes) > 0 && isValid
        }
        let text = String(decoding: bytes.copied(start..<offset), as: UTF8.self)
        if isValid, isInteger, let value = Int64(text) { return .integer(value) }
        guard isValid, let value = Double(text), value.isFinite else {
            throw fail(bytes, "'\(text)' is not a number", at: start)
        }
        return .number(value)
    }

    private mutating func digits(_ bytes: Span<UInt8>) -> Int {
        let start = offset
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
        return offset - start
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        let start = offset
        offset += 1
        var result: [UInt8] = []
        var runStart = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte >= 0x20 else {
                throw fail(bytes, "a control character in a text must be escaped")
            }
            if byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                offset += 1
                continue
            }
            result.append(contentsOf: bytes.copied(runStart..<offset))
            offset += 1
            if byte == UInt8(ascii: "\"") {
                guard let text = String(validating: result, as: UTF8.self) else {
                    throw fail(bytes, "a text that is not UTF-8", at: start)
                }
                return text
            }
            try escape(bytes, into: &result)
            runStart = offset
        }
        throw fail(bytes, "the text that begins here has no end", at: start)
    }

    private mutating func escape(
        _ bytes: Span<UInt8>, into result: inout [UInt8]
    ) throws(JSONError) {
        guard offset < bytes.count else { throw fail(bytes, "an escape without a character") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(bytes)
            if (0xd800..<0xdc00).contains(code), offset + 1 < bytes.count,
                bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
            {
                offset += 2
                let low = try hexadecimal(bytes)
                guard (0xdc00..<0xe000).contains(low) else {
                    throw fail(bytes, "half a surrogate pair")
                }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw fail(bytes, "half a surrogate pair")
            }
            result.append(contentsOf: String(Character(scalar)).utf8)
        default: throw fail(bytes, "an unknown escape", at: offset - 1)
        }
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw fail(bytes, "'\\u' needs four digits") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[offset]
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fail(bytes, "'\\u' needs four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }
}
