/// Sizes as people write them: `20G`, `500MB`, `4GiB`, `1048576`.
package enum ByteCountText {
    /// The number of bytes; `nil` for another text.
    package static func bytes(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        var unit = text.dropFirst(digits.count).uppercased()
        var base: UInt64 = 1000
        if unit.hasSuffix("IB") {
            base = 1024
            unit.removeLast(2)
        } else if unit.hasSuffix("B") {
            unit.removeLast()
        }
        guard let exponent = ["", "K", "M", "G", "T", "P"].firstIndex(of: unit) else { return nil }
        var bytes = number
        for _ in 0..<exponent {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: base)
            if overflow { return nil }
            bytes = product
        }
        return bytes
    }
}

/// Spans of time as people write them: `14d`, `12h`, `2w`.
package enum AgeText {
    /// The number of seconds; `nil` for another text.
    package static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = text.last, let unit = units[last],
            let number = Int64(text.dropLast()), number >= 0
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }
}
