import Primitives

/// A source of bytes that are in memory.
package struct MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0

    /// A source of `bytes`.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads at most `buffer.count` bytes into the beginning of `buffer`; 0 only at the end.
    package mutating func read(into buffer: inout [UInt8]) -> Int {
        let count = min(buffer.count, bytes.count - offset)
        buffer.replaceSubrange(0..<count, with: bytes[offset..<(offset + count)])
        offset += count
        return count
    }
}
