import Primitives

/// The name of a store item: 32 characters of nix32, a dash, and a name of 1 to 211 characters of
/// `[0-9a-zA-Z+-._?=]` (`SEMANTICS` S3). Where the store lies is a ``StoreDirectory``'s matter.
public struct StorePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of characters of a hash part.
    public static let hashPartCount = 32
    /// The longest name in characters.
    public static let maximumNameCount = 211

    /// The hash part, the dash and the name.
    public let baseName: String

    /// A path from its base name.
    ///
    /// - Throws: ``StorePathError`` that quotes the text.
    public init(baseName: String) throws(StorePathError) {
        let bytes = baseName.utf8
        guard bytes.count > Self.hashPartCount + 1 else { throw .tooShort(baseName) }
        var index = 0
        for byte in bytes {
            if index == Self.hashPartCount {
                guard byte == UInt8(ascii: "-") else { throw .badHashPart(baseName) }
                break
            }
            guard Nix32.contains(byte) else { throw .badHashPart(baseName) }
            index += 1
        }
        try Self.check(name: bytes.dropFirst(Self.hashPartCount + 1))
        self.baseName = baseName
    }

    /// A path from 20 bytes of hash and a name.
    ///
    /// - Precondition: `hash` has 20 bytes.
    /// - Throws: ``StorePathError/badName(_:reason:)``.
    public init(hash: [UInt8], name: String) throws(StorePathError) {
        precondition(hash.count == 20, "a store path's hash part has 20 bytes")
        try Self.check(name: name.utf8[...])
        baseName = Nix32.encode(hash) + "-" + name
    }

    /// The 32 characters before the dash.
    public var hashPart: String { String(baseName.prefix(Self.hashPartCount)) }

    /// The text after the first dash.
    public var name: String { String(baseName.dropFirst(Self.hashPartCount + 1)) }

    /// Whether the name ends in `.drv`.
    public var isDerivation: Bool { baseName.hasSuffix(".drv") }

    /// The base name.
    public var description: String { baseName }

    /// By the bytes of the base name.
    public static func < (left: StorePath, right: StorePath) -> Bool {
        left.baseName < right.baseName
    }

    /// Checks the rules for names.
    ///
    /// - Throws: ``StorePathError/badName(_:reason:)``.
    public static func check(name: String) throws(StorePathError) {
        try check(name: name.utf8[...])
    }

    private static func check(name: Substring.UTF8View) throws(StorePathError) {
        var reason: String?
        if name.isEmpty {
            reason = "it is empty"
        } else if name.count > maximumNameCount {
            reason = "it has \(name.count) characters, at most \(maximumNameCount) are allowed"
        } else if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8)
            || name.starts(with: ".-".utf8) || name.starts(with: "..-".utf8)
        {
            reason = "'.' and '..', alone or before '-', are reserved"
        } else if let bad = name.first(where: { !isNameCharacter($0) }) {
            reason =
                "the character '\(String(decoding: [bad], as: UTF8.self))' is not one of "
                + "0-9 a-z A-Z + - . _ ? ="
        }
        if let reason {
            throw .badName(String(decoding: name, as: UTF8.self), reason: reason)
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
