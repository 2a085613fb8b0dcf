public import Primitives

/// A sink that forgets everything.
public struct DiscardingSink: ByteSink {
    /// A sink.
    public init() {}

    public mutating func write(_ bytes: Span<UInt8>) {}
}
