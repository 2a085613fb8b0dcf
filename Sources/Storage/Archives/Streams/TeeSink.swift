package import Primitives

/// Gives everything to two sinks, so that it is read only once.
package struct TeeSink<First, Second>: ByteSink, ~Copyable
where First: ByteSink & ~Copyable, Second: ByteSink & ~Copyable {
    /// The sink that is served first.
    package var first: First
    /// The other.
    package var second: Second

    /// A sink that serves both.
    package init(_ first: consuming First, _ second: consuming Second) {
        self.first = first
        self.second = second
    }

    /// Takes all of `bytes`.
    package mutating func write(_ bytes: Span<UInt8>) throws {
        try first.write(bytes)
        try second.write(bytes)
    }
}
