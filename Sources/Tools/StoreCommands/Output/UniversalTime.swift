import FoundationEssentials

/// A moment as `2026-11-21 04:43:13 UTC`.
struct UniversalTime: CustomStringConvertible {
    let secondsSince1970: Int64

    /// The years 1600 to 9999. A database, or a file, may say anything; what is outside is shown as the
    /// nearest end.
    private static let years: ClosedRange<Int64> = -11_676_096_000...253_402_300_799

    var description: String {
        let seconds = min(max(secondsSince1970, Self.years.lowerBound), Self.years.upperBound)
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
        return "\(text.dropLast()) UTC"
    }
}
