/// Nix's base 32: the bytes as one little-endian number, most significant digit first, in an
/// alphabet without e, o, u and t (`docs/formats/digests.md`).
public enum Nix32 {
    package static let alphabet = Array("0123456789abcdfghijklmnpqrsvwxyz".utf8)

    /// The value of each byte in the alphabet; 255 for the others.
    package static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// The number of characters that encode `byteCount` bytes.
    public static func encodedCount(_ byteCount: Int) -> Int { (byteCount * 8 + 4) / 5 }

    /// Whether `character` belongs to the alphabet.
    @inlinable
    public static func contains(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            character != UInt8(ascii: "e") && character != UInt8(ascii: "o")
                && character != UInt8(ascii: "u") && character != UInt8(ascii: "t")
        default: false
        }
    }

    /// The nix32 text of `bytes`.
    public static func encode(_ bytes: [UInt8]) -> String {
        let count = encodedCount(bytes.count)
        var text: [UInt8] = []
        text.reserveCapacity(count)
        for digit in stride(from: count - 1, through: 0, by: -1) {
            let bit = digit * 5
            let index = bit / 8
            let shift = bit % 8
            let low = UInt16(bytes[index])
            let high = index + 1 < bytes.count ? UInt16(bytes[index + 1]) : 0
            text.append(alphabet[Int(((low | high << 8) >> UInt16(shift)) & 31)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` encodes.
    ///
    /// - Returns: `nil` for a character outside the alphabet, a length that encodes no whole
    ///   number of bytes, or set bits beyond the last byte (two texts would name one value).
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let byteCount = text.count * 5 / 8
        guard encodedCount(byteCount) == text.count else { return nil }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var digit = text.count
        for character in text {
            digit -= 1
            let value = UInt16(values[Int(character)])
            guard value < 32 else { return nil }
            let bit = digit * 5
            let index = bit / 8
            let shifted = value << UInt16(bit % 8)
            if index < byteCount {
                bytes[index] |= UInt8(truncatingIfNeeded: shifted)
            } else if shifted & 0xff != 0 {
                return nil
            }
            let carry = UInt8(truncatingIfNeeded: shifted >> 8)
            if index + 1 < byteCount {
                bytes[index + 1] |= carry
            } else if carry != 0 {
                return nil
            }
        }
        return bytes
    }
}
