import Primitives

/// The name of a store item: 32 characters of nix32, a dash, and a name of 1 to 211 characters of
/// `[0-9a-zA-Z+-._?=]` (`docs/formats/store-path.md`). Where the store lies is a ``StoreDirectory``'s
/// matter.
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
        try Self.check(baseName: baseName.utf8.span)
        self.baseName = baseName
    }

    /// A path from the bytes of its base name.
    ///
    /// - Throws: ``StorePathError`` that quotes the text.
    init(baseName: Span<UInt8>) throws(StorePathError) {
        try Self.check(baseName: baseName)
        self.baseName = String(decoding: baseName.copied(), as: UTF8.self)
    }

    private static func check(baseName: Span<UInt8>) throws(StorePathError) {
        guard baseName.count > hashPartCount + 1 else { throw .tooShort(text(baseName)) }
        for index in 0..<hashPartCount where !Nix32.contains(baseName[index]) {
            throw .badHashPart(text(baseName))
        }
        guard baseName[hashPartCount] == UInt8(ascii: "-") else {
            throw .badHashPart(text(baseName))
        }
        try check(name: baseName.extracting((hashPartCount + 1)...))
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: bytes.copied(), as: UTF8.self)
    }

    /// A path from 20 bytes of hash and a name.
    ///
    /// - Precondition: `hash` has 20 bytes.
    /// - Throws: ``StorePathError/badName(_:reason:)``.
    public init(hash: [UInt8], name: String) throws(StorePathError) {
        precondition(hash.count == 20, "a store path's hash part has 20 bytes")
        try Self.check(name: name.utf8.span)
        baseName = Nix32.encode(hash) + "-" + name
    }

    /// The 32 characters before the dash.
    public var hashPart: String { String(Substring(baseName.utf8.prefix(Self.hashPartCount))) }

    /// The text after the first dash.
    public var name: String { String(Substring(baseName.utf8.dropFirst(Self.hashPartCount + 1))) }

    /// For a `.drv`: the name of its derivation, which is ``name`` without `.drv`.
    public var derivationName: String { String(name.dropLast(".drv".utf8.count)) }

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
        try check(name: name.utf8.span)
    }

    private static func check(name: Span<UInt8>) throws(StorePathError) {
        for index in name.indices where !isNameCharacter(name[index]) {
            let bad = String(decoding: [name[index]], as: UTF8.self)
            throw .badName(
                text(name),
                reason: "the character '\(bad)' is not one of 0-9 a-z A-Z + - . _ ? =")
        }
        if name.isEmpty { throw .badName("", reason: "it is empty") }
        if name.count > maximumNameCount {
            throw .badName(
                text(name),
                reason: "it has \(name.count) characters, at most \(maximumNameCount) are allowed")
        }
        guard name[0] == UInt8(ascii: ".") else { return }
        let name = text(name)
        if name == "." || name == ".." || name.hasPrefix(".-") || name.hasPrefix("..-") {
            throw .badName(name, reason: "'.' and '..', alone or before '-', are reserved")
        }
    }

    /// Whether a store path's base name may hold this byte.
    package static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
