import CGcrypt

/// A named Ed25519 public key in Nix's form `NAME:BASE64` (`docs/formats/keys.md`).
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The name that signatures refer to it by; two keys may share one while they are exchanged.
    public let name: String
    /// The point, 32 bytes.
    public let bytes: [UInt8]

    /// The key that `text` spells, white space around it ignored.
    ///
    /// - Throws: ``KeyError`` that says what is wrong with the text.
    public init(parsing text: String) throws(KeyError) {
        (name, bytes) = try KeyText.parse(text, byteCount: 32)
    }

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// `NAME:BASE64`.
    public var description: String { "\(name):\(Base64.encode(bytes))" }

    /// Whether `signature`, in the form `NAME:BASE64`, is one of `message` by this key. One that
    /// names another key, or is malformed, is not.
    public func verifies(_ signature: String, of message: String) -> Bool {
        guard HashingContext.libraryIsReady,
            let (signer, parts) = try? KeyText.parse(signature, byteCount: 64), signer == name
        else { return false }
        let message = Array(message.utf8)
        return unsafe bytes.withUnsafeBufferPointer { point in
            unsafe message.withUnsafeBufferPointer { text in
                unsafe parts.withUnsafeBufferPointer { value in
                    guard let point = point.baseAddress,
                        let value = value.baseAddress
                    else { return false }
                    return unsafe nodeos_ed25519_verify(
                        point, text.baseAddress, Int32(text.count), value) == 1
                }
            }
        }
    }
}

extension Sequence<PublicKey> {
    /// The first of these keys that one of `signatures` of `message` was made with.
    public func signer(of message: String, _ signatures: [String]) -> PublicKey? {
        first { key in signatures.contains { key.verifies($0, of: message) } }
    }
}
