extension Span where Element == UInt8 {
    /// A copy of the bytes.
    @inlinable
    package func copied() -> [UInt8] {
        // The standard library has no safe initialiser from a span yet; this is a single memcpy.
        unsafe withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    /// A copy of the bytes in `range`.
    @inlinable
    package func copied(_ range: Range<Int>) -> [UInt8] { extracting(range).copied() }
}

extension Hasher {
    /// Adds all of `bytes` at once; element by element takes many times as long.
    mutating func combine(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe combine(bytes: $0) }
    }
}
