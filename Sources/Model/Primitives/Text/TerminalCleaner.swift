/// Makes bytes from anywhere harmless to a terminal and to the person before it: what would steer the one or
/// mislead the other is spelled out, such as `\x1b` and `\u{202e}`.
///
/// Spelled out are control characters but tab and line feed, the C1 controls (as U+0080 to U+009F and as
/// single bytes), everything else that is no UTF-8, marks that change the direction of writing, and Unicode's
/// separators of lines. A carriage return before a line feed is dropped.
package struct TerminalCleaner: Sendable {
    /// What becomes of colours (`ESC [ … m` with digits, `;` and `:` only).
    package enum Colours: Sendable {
        /// They are spelled out as any other sequence.
        case spelledOut
        /// They are left out, and so is `ESC [ K`, which compilers write after each.
        case dropped
        /// They are passed on; `ESC [ K` is left out.
        case kept
    }

    private let colours: Colours
    /// The beginning of a character or sequence whose end is still to come.
    private var pending: [UInt8] = []

    /// A cleaner of one stream.
    package init(colours: Colours = .spelledOut) { self.colours = colours }

    /// `text`, cleaned.
    package static func clean(_ text: String, colours: Colours = .spelledOut) -> String {
        var cleaner = TerminalCleaner(colours: colours)
        let bytes = Array(text.utf8)
        return String(decoding: cleaner.clean(bytes.span) + cleaner.end(), as: UTF8.self)
    }

    /// `bytes` of a line that need not be UTF-8, cleaned.
    package static func clean(_ bytes: [UInt8], colours: Colours = .spelledOut) -> String {
        var cleaner = TerminalCleaner(colours: colours)
        return String(decoding: cleaner.clean(bytes.span) + cleaner.end(), as: UTF8.self)
    }

    /// The next bytes of the stream, cleaned. The end of them may be kept for the next call.
    package mutating func clean(_ more: Span<UInt8>) -> [UInt8] {
        var bytes = pending
        bytes.reserveCapacity(pending.count + more.count)
        for index in more.indices { bytes.append(more[index]) }
        pending = []
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard let count = step(bytes.span, index, &out) else {
                pending = Array(bytes[index...])
                break
            }
            index += count
        }
        return out
    }

    /// What was kept, at the end of the stream.
    package mutating func end() -> [UInt8] {
        var out: [UInt8] = []
        while let first = pending.first {
            // It begins nothing; what stands behind it may be text.
            Self.spell(first, &out)
            let rest = Array(pending.dropFirst())
            pending = []
            out += clean(rest.span)
        }
        return out
    }

    /// Takes what begins at `index`; returns how many bytes that are, `nil` when its end is not there yet.
    private func step(_ bytes: Span<UInt8>, _ index: Int, _ out: inout [UInt8]) -> Int? {
        switch bytes[index] {
        case 0x09, 0x0a, 0x20..<0x7f: out.append(bytes[index])
        case 0x0d:
            guard index + 1 < bytes.count else { return nil }
            if bytes[index + 1] != 0x0a { Self.spell(0x0d, &out) }
        case 0x1b where colours != .spelledOut:
            switch Self.colourCount(bytes, index) {
            case nil: return nil
            case 0?: Self.spell(0x1b, &out)
            case let count?:
                if colours == .kept, bytes[index + count - 1] == 0x6d {
                    for place in index..<index + count { out.append(bytes[place]) }
                }
                return count
            }
        case 0x80...:
            switch UTF8Step(bytes, at: index) {
            case .unfinished: return nil
            case .invalid: Self.spell(bytes[index], &out)
            case .scalar(let scalar, let count):
                if let byte = scalar.systemByte {
                    Self.spell(byte, &out)
                } else if scalar.misleads {
                    out.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".utf8)
                } else {
                    for place in index..<index + count { out.append(bytes[place]) }
                }
                return count
            }
        default: Self.spell(bytes[index], &out)
        }
        return 1
    }

    /// How many bytes the colour at `index` has; 0 when there is another sequence, `nil` when the bytes end
    /// before that is known.
    private static func colourCount(_ bytes: Span<UInt8>, _ index: Int) -> Int? {
        var end = index + 1
        while end < bytes.count, end - index < 32 {
            switch bytes[end] {
            case 0x5b where end == index + 1: break
            case 0x30...0x3b where end > index + 1: break
            case 0x6d where end > index + 1: return end + 1 - index
            case 0x4b where end == index + 2: return 3
            default: return 0
            }
            end += 1
        }
        return end < bytes.count ? 0 : nil
    }

    private static func spell(_ byte: UInt8, _ out: inout [UInt8]) {
        out.append(contentsOf: "\\x\(Base16.encode([byte]))".utf8)
    }
}

extension Unicode.Scalar {
    /// Whether a terminal or its reader may be misled by this character: a control but tab and line feed, a
    /// mark of direction, or a separator of lines or paragraphs.
    package var misleads: Bool {
        switch value {
        case 0x09, 0x0a: false
        case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
