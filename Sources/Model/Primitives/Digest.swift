/// A cryptographic digest and its algorithm.
public struct Digest: Hashable, Sendable, Comparable {
    /// The algorithm that made it.
    public let algorithm: HashAlgorithm
    /// Its bytes, exactly `algorithm.byteCount` of them.
    public let bytes: [UInt8]

    /// A digest from its bytes; `nil` when their number is not the algorithm's.
    public init?(algorithm: HashAlgorithm, bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    package init(unchecked bytes: [UInt8], algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// A digest from text, in any of the forms Nix prints: `sha256:` and base16, nix32 or base64
    /// (told apart by length), `sha256-` and base64 (SRI), or the encoded bytes alone when
    /// `algorithm` is given. Only canonical texts: lower case, no spare bits.
    ///
    /// - Throws: ``DigestError`` that quotes the text.
    public init(parsing text: String, algorithm expected: HashAlgorithm? = nil) throws(DigestError)
    {
        var algorithm = expected
        var rest = text.utf8[...]
        var isSRI = false
        if let separator = rest.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == 0x2d }) {
            let name = String(decoding: rest[..<separator], as: UTF8.self)
            guard let named = HashAlgorithm(rawValue: name) else {
                throw .unknownAlgorithm(text)
            }
            if let expected, named != expected {
                throw .wrongAlgorithm(text, expected: expected)
            }
            isSRI = rest[separator] == 0x2d
            algorithm = named
            rest = rest[rest.index(after: separator)...]
        }
        guard let algorithm else { throw .missingAlgorithm(text) }
        let size = algorithm.byteCount
        let decoded: [UInt8]?
        let encoding: String
        switch rest.count {
        case size * 2 where !isSRI:
            (decoded, encoding) = (Base16.decode(rest), "base16")
        case Nix32.encodedCount(size) where !isSRI:
            (decoded, encoding) = (Nix32.decode(rest), "nix32")
            if decoded == nil, rest.allSatisfy(Nix32.contains) {
                throw .notCanonical(text, encoding: encoding)
            }
        case Base64.encodedCount(size):
            (decoded, encoding) = (Base64.decode(rest), "base64")
        default: throw .wrongLength(text, algorithm)
        }
        guard let decoded, decoded.count == size else {
            throw .badCharacter(text, encoding: encoding)
        }
        self.init(unchecked: decoded, algorithm: algorithm)
    }

    /// Lower-case hexadecimal, without the algorithm.
    public var base16: String { Base16.encode(bytes) }
    /// Nix's base 32, without the algorithm.
    public var nix32: String { Nix32.encode(bytes) }
    /// Padded base 64, without the algorithm.
    public var base64: String { Base64.encode(bytes) }
    /// The W3C subresource-integrity form, `sha256-<base64>`.
    public var sri: String { "\(algorithm.rawValue)-\(base64)" }
    /// The form of narinfo files, `sha256:<nix32>`.
    public var prefixedNix32: String { "\(algorithm.rawValue):\(nix32)" }
    /// The form of Nix's database, `sha256:<base16>`.
    public var prefixedBase16: String { "\(algorithm.rawValue):\(base16)" }

    /// The XOR fold of the bytes to `count` bytes, as store paths use it (`docs/formats/store-path.md`).
    public func folded(to count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        for (index, byte) in bytes.enumerated() { result[index % count] ^= byte }
        return result
    }

    /// Hashes the bytes; the algorithm follows from their number but for accidents.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes.span) }

    /// By algorithm name, then by bytes.
    public static func < (left: Digest, right: Digest) -> Bool {
        if left.algorithm != right.algorithm {
            return left.algorithm.rawValue < right.algorithm.rawValue
        }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
