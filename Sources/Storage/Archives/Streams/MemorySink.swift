import Primitives

/// A sink that keeps everything in memory.
package struct MemorySink: ByteSink {
    /// What was written.
    package private(set) var bytes: [UInt8] = []

    /// An empty sink.
    package init() {}

    /// Takes all of `bytes`.
    package mutating func write(_ bytes: Span<UInt8>) {
        self.bytes.append(contentsOf: bytes.copied())
    }
}
