/// A sink that hashes and counts what it is given.
public struct DigestSink: ByteSink, ~Copyable {
    private var context: HashingContext
    /// The number of bytes taken.
    public private(set) var byteCount: UInt64 = 0

    /// A sink that makes a digest of `algorithm`.
    public init(_ algorithm: HashAlgorithm = .sha256) { context = HashingContext(algorithm) }

    /// Hashes and counts `bytes`.
    public mutating func write(_ bytes: Span<UInt8>) {
        context.update(bytes)
        byteCount += UInt64(bytes.count)
    }

    /// The digest of everything taken so far.
    public func digest() -> Digest { context.snapshot() }
}
