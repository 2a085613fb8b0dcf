/// A text that need not be UTF-8: derivations, file names and environments hold any bytes.
/// Compared and sorted by its bytes, as Nix and Guix sort.
public struct ByteString: Hashable, Sendable, Comparable, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation, CustomStringConvertible
{
    /// The bytes.
    public var bytes: [UInt8]

    /// The text with these bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The UTF-8 bytes of a literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text, or `nil` when it is not valid UTF-8.
    public var string: String? { String(validating: bytes, as: UTF8.self) }

    /// Whether there are no bytes.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The text; what is not UTF-8 is in it as ``Swift/String/init(systemBytes:)`` has it.
    public var description: String { String(systemBytes: bytes) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes.span) }

    /// By bytes, shorter first when one begins the other.
    public static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
