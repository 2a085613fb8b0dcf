/// Why a text is not a digest.
public enum DigestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text begins with an algorithm that is not md5, sha1, sha256 or sha512.
    case unknownAlgorithm(String)
    /// The text names no algorithm and none was expected.
    case missingAlgorithm(String)
    /// The text names another algorithm than the one expected.
    case wrongAlgorithm(String, expected: HashAlgorithm)
    /// No encoding of a digest of this algorithm has this length.
    case wrongLength(String, HashAlgorithm)
    /// A character does not belong to the encoding that the length tells.
    case badCharacter(String, encoding: String)
    /// Bits beyond the digest are set: two texts would name one digest.
    case notCanonical(String, encoding: String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .unknownAlgorithm(let text):
            "'\(text)' names an unknown hash algorithm; known are md5, sha1, sha256 and sha512"
        case .missingAlgorithm(let text):
            "'\(text)' does not say its hash algorithm; write it as 'sha256:\(text)'"
        case .wrongAlgorithm(let text, let expected):
            "'\(text)' is not a \(expected.rawValue) hash"
        case .wrongLength(let text, let algorithm):
            "'\(text)' has \(text.utf8.count) characters; a \(algorithm.rawValue) hash has "
                + "\(algorithm.byteCount * 2) (base16), \(Nix32.encodedCount(algorithm.byteCount)) "
                + "(nix32) or \(Base64.encodedCount(algorithm.byteCount)) (base64)"
        case .badCharacter(let text, let encoding):
            "'\(text)' holds a character that \(encoding) does not have"
        case .notCanonical(let text, let encoding):
            "'\(text)' is not canonical \(encoding): bits beyond the hash are set"
        }
    }
}
