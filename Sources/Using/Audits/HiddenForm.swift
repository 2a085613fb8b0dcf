import Primitives
import StoreModel

/// The forms in which the hash part of a store path may stand in a file.
public enum HiddenForm: String, Sendable, Hashable, CaseIterable {
    /// As it is.
    case text
    /// Backwards.
    case reversed
    /// Two bytes a character.
    case utf16 = "UTF-16"
    /// Four bytes a character.
    case utf32 = "UTF-32"
    /// The hash's bytes as digits, two a byte.
    case base16
    /// The characters, each as two digits.
    case base16Text = "base16 of its characters"
    /// The hash's bytes as they are.
    case binary
    /// The characters, as base64.
    case base64
    /// The hash's bytes, as base64.
    case base64Bytes = "base64 of its bytes"

    /// The text whose pieces are searched for (``PieceScanner``), for the forms that are the characters
    /// themselves.
    func pieceText(of hashPart: String) -> [UInt8]? {
        switch self {
        case .text: Array(hashPart.utf8)
        case .reversed: hashPart.utf8.reversed()
        default: nil
        }
    }

    /// What is searched for of the other forms: pieces that each tell it alone. A form that was cut in
    /// two, wherever, still holds one of them whole.
    ///
    /// - Parameter hashPart: 32 characters of nix32.
    func patterns(of hashPart: String) -> [[UInt8]] {
        let text = Array(hashPart.utf8)
        switch self {
        case .text, .reversed, .base16, .base16Text: return []
        // The zeros inside are the same whichever byte of a character comes first.
        case .utf16: return Self.halves(text).map { Self.spread($0, 1) }
        case .utf32: return Self.halves(text).map { Self.spread($0, 3) }
        case .binary: return [Self.bytes(of: hashPart)]
        case .base64: return Self.base64Places(text)
        case .base64Bytes: return Self.base64Places(Self.bytes(of: hashPart))
        }
    }

    /// Whether ``patterns(of:)`` are pairs of halves.
    var isHalved: Bool {
        switch self {
        case .utf16, .utf32: true
        default: false
        }
    }

    /// The bytes between the end of one half and the beginning of the other.
    var zerosBetween: Int {
        switch self {
        case .utf16: 1
        case .utf32: 3
        default: 0
        }
    }

    private static func halves(_ bytes: [UInt8]) -> [[UInt8]] {
        [Array(bytes[..<(bytes.count / 2)]), Array(bytes[(bytes.count / 2)...])]
    }

    /// Three bytes become four characters; which three depends on what stands before.
    private static func base64Places(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).map { lead in
            let whole = Array(Base64.encode([UInt8](repeating: 0, count: lead) + bytes).utf8)
            let first = lead == 0 ? 0 : 4
            return Array(whole[first..<(whole.count - 4)])
        }
    }

    private static func spread(_ bytes: [UInt8], _ zeros: Int) -> [UInt8] {
        Array(bytes.flatMap { [$0] + [UInt8](repeating: 0, count: zeros) }.dropLast(zeros))
    }

    /// The 20 bytes that 32 characters of nix32 spell (`docs/formats/digests.md`).
    static func bytes(of hashPart: String) -> [UInt8] {
        Nix32.decode(hashPart.utf8) ?? [UInt8](repeating: 0, count: 20)
    }
}
