/// A moment as `2026-11-21 04:43:13 UTC`.
struct UniversalTime: CustomStringConvertible {
    let secondsSince1970: Int64

    var description: String {
        // A database, or a file, may say anything; far from all years that matter.
        let limit: Int64 = 1 << 50
        let secondsSince1970 = min(max(self.secondsSince1970, -limit), limit)
        let day =
            secondsSince1970 >= 0 ? secondsSince1970 / 86_400 : (secondsSince1970 - 86_399) / 86_400
        let second = secondsSince1970 - day * 86_400
        // Days to a date of the proleptic Gregorian calendar, in years that begin in March.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(two(month))-\(two(dayOfMonth)) "
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) UTC"
    }

    private func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
