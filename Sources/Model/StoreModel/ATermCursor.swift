import Primitives

/// A position in the text of a `.drv`. The bytes are passed to each call, so that the cursor is a
/// plain value and nothing is copied but the strings themselves.
struct ATermCursor {
    private(set) var offset = 0

    /// The largest string, so that no input makes us allocate without bound.
    static let maximumStringCount = 256 << 20

    func fail(_ bytes: Span<UInt8>, _ reason: String, at place: Int? = nil) -> DerivationError {
        let end = min(place ?? offset, bytes.count)
        var line = 1
        for index in 0..<end where bytes[index] == UInt8(ascii: "\n") { line += 1 }
        return .syntax(offset: end, line: line, reason: reason)
    }

    mutating func expect(_ literal: StaticString, _ bytes: Span<UInt8>) throws(DerivationError) {
        for expected in "\(literal)".utf8 {
            try expect(expected, bytes)
        }
    }

    mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(DerivationError) {
        guard offset < bytes.count else {
            throw fail(bytes, "the text ends where '\(character(byte))' is expected")
        }
        guard bytes[offset] == byte else {
            throw fail(bytes, "expected '\(character(byte))', found \(quoted(bytes[offset]))")
        }
        offset += 1
    }

    /// Steps over `byte` when it comes next.
    mutating func skip(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// A quoted string, with its escapes undone; an unknown escape stands for its character, as
    /// Nix reads it.
    mutating func string(_ bytes: Span<UInt8>) throws(DerivationError) -> [UInt8] {
        try expect(UInt8(ascii: "\""), bytes)
        let start = offset
        var index = offset
        let end = bytes.count
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                offset = index + 1
                return bytes.copied(start..<index)
            }
            if byte == UInt8(ascii: "\\") { break }
            index += 1
        }
        var result = bytes.copied(start..<index)
        while index < end {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                offset = index
                return result
            case UInt8(ascii: "\\"):
                guard index < end else { break }
                let escaped = bytes[index]
                index += 1
                switch escaped {
                case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
                case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
                default: result.append(escaped)
                }
            default:
                result.append(byte)
            }
        }
        throw fail(bytes, "the string that begins here has no end", at: start - 1)
    }

    /// A string that Nix prints without escapes, which ends where the next one begins.
    mutating func rawString(_ bytes: Span<UInt8>) throws(DerivationError) -> [UInt8] {
        let start = offset
        try expect(UInt8(ascii: "\""), bytes)
        let quote = UInt8(ascii: "\"")
        var end = offset
        while end + 2 < bytes.count {
            if bytes[end] == quote, bytes[end + 1] == UInt8(ascii: ","), bytes[end + 2] == quote {
                defer { offset = end + 1 }
                return bytes.copied(offset..<end)
            }
            end += 1
        }
        throw fail(bytes, "the string that begins here has no end", at: start)
    }

    /// Why a text that begins with `DrvWithVersion` is not read.
    mutating func unsupportedVersion(_ bytes: Span<UInt8>) throws(DerivationError)
        -> DerivationError
    {
        try expect("DrvWithVersion(", bytes)
        let version = try text(bytes, "the version")
        return fail(
            bytes,
            version == "xp-dyn-drv"
                ? "dynamic derivations (DrvWithVersion \"xp-dyn-drv\") are not supported"
                : "derivations of the version '\(version)' (DrvWithVersion) are not supported",
            at: 0)
    }

    /// A quoted string that must be UTF-8.
    mutating func text(_ bytes: Span<UInt8>, _ what: String) throws(DerivationError) -> String {
        let start = offset
        guard let text = String(validating: try string(bytes), as: UTF8.self) else {
            throw fail(bytes, "\(what) is not UTF-8", at: start)
        }
        return text
    }

    /// A bracketed list; `element` reads one and is given where it begins.
    mutating func list(
        _ bytes: Span<UInt8>,
        _ element: (inout ATermCursor, Span<UInt8>, Int) throws(DerivationError) -> Void
    ) throws(DerivationError) {
        try expect(UInt8(ascii: "["), bytes)
        if skip(UInt8(ascii: "]"), bytes) { return }
        repeat {
            try element(&self, bytes, offset)
        } while skip(UInt8(ascii: ","), bytes)
        guard skip(UInt8(ascii: "]"), bytes) else {
            let found = offset < bytes.count ? quoted(bytes[offset]) : "the end of the text"
            throw fail(bytes, "expected ',' or ']', found \(found)")
        }
    }

    private func character(_ byte: UInt8) -> String { String(decoding: [byte], as: UTF8.self) }

    private func quoted(_ byte: UInt8) -> String {
        (0x21...0x7e).contains(byte)
            ? "'\(character(byte))'" : "the byte 0x\(Base16.encode([byte]))"
    }
}
