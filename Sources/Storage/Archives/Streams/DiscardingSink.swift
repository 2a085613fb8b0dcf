import Primitives

/// A sink that forgets everything.
package struct DiscardingSink: ByteSink {
    /// A sink.
    package init() {}

    /// Takes all of `bytes`.
    package mutating func write(_ bytes: Span<UInt8>) {}
}
