/// Which of two versions is newer, as dpkg has it: `~` before everything, numbers as numbers.
package struct DebianVersion: Comparable, Sendable {
    /// The version's text.
    package let text: String

    /// A version.
    package init(_ text: String) { self.text = text }

    /// Equal when neither is newer: `1.0` and `1.00` are.
    package static func == (left: DebianVersion, right: DebianVersion) -> Bool {
        !(left < right) && !(right < left)
    }

    /// Whether the left one is older.
    package static func < (left: DebianVersion, right: DebianVersion) -> Bool {
        var one = Array(left.text.utf8)[...]
        var other = Array(right.text.utf8)[...]
        while !one.isEmpty || !other.isEmpty {
            // What is no number, by letters, then by other characters.
            while one.first.map({ !isDigit($0) }) == true
                || other.first.map({ !isDigit($0) }) == true
            {
                let (first, second) = (weight(one.first), weight(other.first))
                if first != second { return first < second }
                one = one.dropFirst()
                other = other.dropFirst()
            }
            let (first, second) = (number(&one), number(&other))
            if first.count != second.count { return first.count < second.count }
            if first != second { return first.lexicographicallyPrecedes(second) }
        }
        return false
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func weight(_ byte: UInt8?) -> Int {
        guard let byte, !isDigit(byte) else { return 0 }
        if byte == UInt8(ascii: "~") { return -1 }
        return (0x61...0x7a).contains(byte | 0x20) ? Int(byte) : Int(byte) + 256
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
        let digits = bytes.prefix { isDigit($0) }
        bytes = bytes.dropFirst(digits.count)
        return Array(digits.drop { $0 == 0x30 })
    }
}
