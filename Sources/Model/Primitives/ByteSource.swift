/// Where bytes come from, in order: a file, a pipe, a decompressor.
public protocol ByteSource: ~Copyable {
    /// Reads at most `buffer.count` bytes into the beginning of `buffer`.
    ///
    /// - Returns: how many were read; 0 only at the end.
    mutating func read(into buffer: inout [UInt8]) throws -> Int
}
