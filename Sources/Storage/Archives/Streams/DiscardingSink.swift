public import Primitives

/// A sink that forgets everything.
public struct DiscardingSink: ByteSink {
    /// A sink.
    public init() {}

    /// Takes all of `bytes`.
    public mutating func write(_ bytes: Span<UInt8>) {}
}
