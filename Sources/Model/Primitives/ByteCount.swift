/// A number of bytes, for people: `75.9 MB`, in powers of 1000 as disks and downloads are sold.
package struct ByteCount: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    package let value: UInt64

    /// `value` bytes.
    package init(_ value: UInt64) { self.value = value }

    /// At least two digits that count and a unit; exact below 1000.
    package var description: String {
        if value < 1000 { return "\(value) B" }
        var unit = 0
        // Tenths of the unit, rounded half up, so that no floating point is in it.
        var divisor: UInt64 = 1000
        while unit < 4, value / divisor >= 1000 || (value + divisor / 20) / divisor >= 1000 {
            divisor *= 1000
            unit += 1
        }
        let tenths = value / (divisor / 10) + (value % (divisor / 10) >= divisor / 20 ? 1 : 0)
        return "\(tenths / 10).\(tenths % 10) \(["kB", "MB", "GB", "TB", "PB"][unit])"
    }
}
