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
