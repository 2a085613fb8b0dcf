import Primitives

/// A place where two files differ, with the bytes around it on both sides.
package struct DifferingPlace: Hashable, Sendable {
    /// Some bytes of one file around the place.
    package struct Window: Hashable, Sendable {
        /// Where the first of ``bytes`` is, in bytes from the beginning of the file, or of the
        /// member when ``DifferingPlace/part`` names one.
        package let start: UInt64
        /// The bytes; fewer at the end of the file.
        package let bytes: [UInt8]

        /// A window.
        package init(start: UInt64, bytes: [UInt8]) {
            self.start = start
            self.bytes = bytes
        }
    }

    /// The ELF section or the member of an archive that holds it; `nil` for the file as a whole.
    package private(set) var part: String?
    /// The first byte that differs, counted as in the window, in the first file.
    package let offset: UInt64
    /// The same byte's position in the second file; another one in a section that has moved.
    package let secondOffset: UInt64
    /// The bytes of the first file.
    package let first: Window
    /// The bytes of the second file.
    package let second: Window

    /// How many bytes are shown before the first that differs, and how many in all.
    static let lead: UInt64 = 16
    static let shown = 48
    /// How many bytes on each side of it the likely cause is judged by.
    static let judged: UInt64 = 160

    init(
        part: String?, offset: UInt64, secondOffset: UInt64, first: Window, second: Window
    ) {
        self.part = part
        self.offset = offset
        self.secondOffset = secondOffset
        self.first = first
        self.second = second
    }

    /// The place in windows that begin equally far before it, wider than what is shown.
    init(
        part: String?, offset: UInt64, secondOffset: UInt64, lead: Int, wide: [UInt8],
        secondWide: [UInt8]
    ) {
        self.part = part
        self.offset = offset
        self.secondOffset = secondOffset
        let kept = min(lead, Int(Self.lead))
        func window(_ bytes: [UInt8], _ offset: UInt64) -> Window {
            Window(
                start: offset - UInt64(kept),
                bytes: Array(bytes.dropFirst(lead - kept).prefix(Self.shown)))
        }
        first = window(wide, offset)
        second = window(secondWide, secondOffset)
    }

    /// The same place, as a part of what is a part itself.
    func inside(_ container: String) -> DifferingPlace {
        var place = self
        place.part = part.map { "\(container), \($0)" } ?? container
        return place
    }

    /// The bytes of both sides as lines of 16: offset, hexadecimal, text; `-` for the first file and
    /// `+` for the second. Bytes that differ from the other side's stand in brackets.
    package var lines: [String] { Self.lines(first, second) }

    /// The lines of two windows that begin equally far before the first byte that differs.
    package static func lines(_ first: Window, _ second: Window) -> [String] {
        lines(first, beside: second, mark: "-") + lines(second, beside: first, mark: "+")
    }

    private static func lines(_ window: Window, beside other: Window, mark: String) -> [String] {
        stride(from: 0, to: max(1, window.bytes.count), by: 16).map { row in
            let bytes = window.bytes.dropFirst(row).prefix(16)
            var hexadecimal = ""
            for (index, byte) in bytes.enumerated() {
                let isSame =
                    row + index < other.bytes.count && other.bytes[row + index] == byte
                hexadecimal += isSame ? " \(Base16.encode([byte])) " : "[\(Base16.encode([byte]))]"
            }
            let missing = String(repeating: "    ", count: 16 - bytes.count)
            let text = bytes.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: ".") }
            let offset = String(window.start + UInt64(row), radix: 16)
            let padding = String(repeating: "0", count: max(0, 8 - offset.count))
            return "\(mark) \(padding)\(offset) \(hexadecimal)\(missing) "
                + String(decoding: text, as: UTF8.self)
        }
    }
}
