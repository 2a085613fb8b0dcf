/// Where bytes go: a file, a hash, a scanner, several at once.
public protocol ByteSink: ~Copyable {
    /// Takes all of `bytes`, valid only during the call.
    mutating func write(_ bytes: Span<UInt8>) throws
}

extension ByteSink where Self: ~Copyable {
    /// Takes all of `bytes`.
    public mutating func write(_ bytes: [UInt8]) throws { try write(bytes.span) }
}
