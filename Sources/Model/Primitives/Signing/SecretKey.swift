import CGcrypt

/// A named Ed25519 key pair in Nix's form `NAME:BASE64`, the seed and then the point
/// (`docs/formats/keys.md`). It prints without its secret half.
public struct SecretKey: Sendable, CustomStringConvertible {
    /// The public half.
    public let publicKey: PublicKey
    private let seed: [UInt8]

    /// The key pair that follows from 32 bytes, which must be as good as chance.
    ///
    /// - Precondition: `seed` has 32 bytes.
    /// - Throws: ``KeyError/badName(_:)`` or ``KeyError/library``.
    public init(name: String, seed: [UInt8]) throws(KeyError) {
        precondition(seed.count == 32, "the seed of an Ed25519 key has 32 bytes")
        try KeyText.check(name: name)
        self.seed = seed
        publicKey = PublicKey(name: name, bytes: try Self.point(of: seed))
    }

    /// A new key pair.
    ///
    /// - Throws: ``KeyError/badName(_:)`` or ``KeyError/library``.
    public init(generating name: String, using random: inout some RandomNumberGenerator)
        throws(KeyError)
    {
        try self.init(name: name, seed: (0..<32).map { _ in .random(in: 0...255, using: &random) })
    }

    /// The key pair that `text` spells, white space around it ignored.
    ///
    /// - Throws: ``KeyError`` that says what is wrong, without the text.
    public init(parsing text: String) throws(KeyError) {
        let (name, bytes) = try KeyText.parse(text, byteCount: 64)
        try self.init(name: name, seed: Array(bytes[..<32]))
        guard publicKey.bytes == Array(bytes[32...]) else { throw .halvesDiffer(name: name) }
    }

    /// The whole secret as `NAME:BASE64`: for the key's file, and for nothing else.
    public var secretText: String {
        "\(publicKey.name):\(Base64.encode(seed + publicKey.bytes))"
    }

    /// The name, and that the rest is secret.
    public var description: String { "\(publicKey.name):(secret)" }

    /// The signature of `message` as `NAME:BASE64`; equal for equal messages.
    ///
    /// - Throws: ``KeyError/library``.
    public func sign(_ message: String) throws(KeyError) -> String {
        let message = Array(message.utf8)
        var signature = [UInt8](repeating: 0, count: 64)
        let point = publicKey.bytes
        let isSigned = unsafe signature.withUnsafeMutableBufferPointer { result in
            unsafe seed.withUnsafeBufferPointer { seed in
                unsafe point.withUnsafeBufferPointer { point in
                    unsafe message.withUnsafeBufferPointer { text in
                        guard let seed = seed.baseAddress,
                            let point = point.baseAddress,
                            let result = result.baseAddress
                        else { return false }
                        return unsafe nodeos_ed25519_sign(
                            seed, point, text.baseAddress, Int32(text.count), result) == 1
                    }
                }
            }
        }
        guard isSigned else { throw .library }
        return "\(publicKey.name):\(Base64.encode(signature))"
    }

    private static func point(of seed: [UInt8]) throws(KeyError) -> [UInt8] {
        guard HashingContext.libraryIsReady else { throw .library }
        var point = [UInt8](repeating: 0, count: 32)
        let isMade = unsafe point.withUnsafeMutableBufferPointer { point in
            unsafe seed.withUnsafeBufferPointer { seed in
                guard let seed = seed.baseAddress, let point = point.baseAddress
                else { return false }
                return unsafe nodeos_ed25519_public(seed, point) == 1
            }
        }
        guard isMade else { throw .library }
        return point
    }
}

/// The form that keys and signatures share: `NAME:BASE64`.
enum KeyText {
    /// The name and the bytes.
    static func parse(_ text: String, byteCount: Int) throws(KeyError) -> (String, [UInt8]) {
        let spaces: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d]
        var utf8 = text.utf8[...]
        while let last = utf8.last, spaces.contains(last) { utf8.removeLast() }
        while let first = utf8.first, spaces.contains(first) { utf8.removeFirst() }
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed }
        let name = String(decoding: utf8[..<colon], as: UTF8.self)
        try check(name: name)
        guard let bytes = Base64.decode(utf8[utf8.index(after: colon)...]),
            bytes.count == byteCount
        else { throw .badBytes(name: name, expected: byteCount) }
        return (name, bytes)
    }

    static func check(name: String) throws(KeyError) {
        let isUsable = name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: ":") }
        guard !name.isEmpty, isUsable else { throw .badName(name) }
    }
}
