/// Writes tar archives (POSIX ustar) with any header, hostile ones too.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func add(
        _ name: String, type: Character = "0", _ contents: [UInt8] = [], link: String = "",
        mode: Int = 0o644, time: Int = 1_000_000_000, size: Int? = nil
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(mode, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size ?? contents.count, 11), at: 124)
        put(octal(time, 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        bytes += header + contents + [UInt8](repeating: 0, count: 511 & -contents.count)
    }

    /// A name or target too long for the header, or not ASCII, as a pax header.
    mutating func addPax(_ fields: [(String, String)]) {
        var contents: [UInt8] = []
        for (key, value) in fields {
            let rest = " \(key)=\(value)\n".utf8.count
            var length = rest + String(rest).utf8.count
            if rest + String(length).utf8.count != length { length += 1 }
            contents += Array("\(length) \(key)=\(value)\n".utf8)
        }
        add("pax", type: "x", contents)
    }

    /// The archive with its end.
    var archive: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static func make(_ body: (inout TarBuilder) -> Void) -> [UInt8] {
        var builder = TarBuilder()
        body(&builder)
        return builder.archive
    }

    /// An ar archive (System V, as Debian packages are).
    static func ar(_ members: [(String, [UInt8])]) -> [UInt8] {
        var bytes = Array("!<arch>\n".utf8)
        for (name, contents) in members {
            func pad(_ text: String, _ count: Int) -> String {
                text + String(repeating: " ", count: count - text.utf8.count)
            }
            let header =
                pad(name, 16) + pad("0", 12) + pad("0", 6) + pad("0", 6) + pad("100644", 8)
                + pad("\(contents.count)", 10) + "`\n"
            bytes += Array(header.utf8) + contents
            if contents.count % 2 == 1 { bytes.append(0x0a) }
        }
        return bytes
    }
}
