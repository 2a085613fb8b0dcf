extension JSONValue {
    /// The JSON text as Nix writes it where others hash it: on one line, keys sorted by bytes, numbers
    /// and escapes as the library that Nix uses has them.
    ///
    /// - Returns: `nil` for a number from 2^63 on, which Nix keeps exactly and this value does not.
    public func nixText() -> [UInt8]? {
        var printer = NixTextPrinter()
        printer.print(self)
        return printer.isExact ? printer.bytes : nil
    }
}

private struct NixTextPrinter {
    var bytes: [UInt8] = []
    var isExact = true

    mutating func print(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): raw(flag ? "true" : "false")
        case .integer(let number): raw("\(number)")
        case .number(let number):
            if number.magnitude >= 0x1p63, number.magnitude <= 0x1p64 { isExact = false }
            raw(Self.text(number))
        case .string(let text): string(text)
        case .array(let items):
            raw("[")
            for (index, item) in items.enumerated() {
                if index > 0 { raw(",") }
                print(item)
            }
            raw("]")
        case .object(let members):
            print(.entries(members.map { JSONValue.Member(key: $0.key, value: $0.value) }))
        case .entries(let members):
            raw("{")
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { raw(",") }
                string(member.key)
                raw(":")
                print(member.value)
            }
            raw("}")
        }
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func string(_ text: String) {
        raw("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x08: raw("\\b")
            case 0x09: raw("\\t")
            case 0x0a: raw("\\n")
            case 0x0c: raw("\\f")
            case 0x0d: raw("\\r")
            case 0..<0x20: raw("\\u00\(Base16.encode([byte]))")
            default: bytes.append(byte)
            }
        }
        raw("\"")
    }

    /// The shortest digits that give the number again: with an exponent from 10^15 on and below
    /// 10^-4, else with a point.
    private static func text(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let sign = number.sign == .minus ? "-" : ""
        // Swift's digits are the same; where it puts the point is not.
        let parts = "\(number.magnitude)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let all = mantissa[0] + fraction
        var digits = Array(all.drop { $0 == "0" })
        guard !digits.isEmpty else { return sign + "0.0" }
        let leading = all.count - digits.count
        // The value is 0.DIGITS times ten to this.
        let point =
            mantissa[0].count - leading + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.last == "0" { digits.removeLast() }
        let text = String(digits)
        switch point {
        case 1...15 where digits.count <= point:
            return sign + text + String(repeating: "0", count: point - digits.count) + ".0"
        case 1...15:
            return sign + String(digits[..<point]) + "." + String(digits[point...])
        case -3...0:
            return sign + "0." + String(repeating: "0", count: -point) + text
        default:
            let exponent = point - 1
            let padding = abs(exponent) < 10 ? "0" : ""
            return sign + String(digits[0]) + (digits.count > 1 ? "." + String(digits[1...]) : "")
                + "e" + (exponent < 0 ? "-" : "+") + padding + "\(abs(exponent))"
        }
    }
}
