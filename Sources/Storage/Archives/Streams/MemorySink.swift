public import Primitives

/// A sink that keeps everything in memory.
public struct MemorySink: ByteSink {
    /// What was written.
    public private(set) var bytes: [UInt8] = []

    /// An empty sink.
    public init() {}

    /// Takes all of `bytes`.
    public mutating func write(_ bytes: Span<UInt8>) {
        self.bytes.append(contentsOf: bytes.copied())
    }
}
