import ArgumentParser

/// A number of bytes as people write it: `20G`, `500MB`, `4GiB`, `1048576`.
struct SizeArgument: ExpressibleByArgument, Hashable, Sendable {
    let bytes: UInt64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        var unit = argument.dropFirst(digits.count).uppercased()
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
        self.bytes = bytes
    }
}

/// A span of time as people write it: `14d`, `12h`, `2w`.
struct AgeArgument: ExpressibleByArgument, Hashable, Sendable {
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last],
            let number = Int64(argument.dropLast()), number >= 0
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        seconds = product
    }
}
