package import Primitives

/// A source that is read in pieces of any size, with the position of the next byte.
package struct BufferedSource<Source: ByteSource & ~Copyable>: ~Copyable {
    private var source: Source
    private var chunk: [UInt8]
    private var start = 0
    private var end = 0
    /// The position of the next byte from the beginning.
    package private(set) var offset: UInt64 = 0

    /// A buffer of 256 KiB before `source`.
    package init(_ source: consuming Source) {
        self.source = source
        chunk = [UInt8](repeating: 0, count: 262_144)
    }

    /// Whether no byte is left.
    package mutating func isAtEnd() throws -> Bool {
        if start < end { return false }
        return try !fill()
    }

    /// The next 64-bit number, least significant byte first; `nil` when the source ends before.
    package mutating func readNumber() throws -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) {
            guard let byte = try readByte() else { return nil }
            value |= UInt64(byte) << UInt64(shift)
        }
        return value
    }

    /// Replaces `bytes` by the next `count`; `false` when the source ends before.
    package mutating func read(_ count: Int, into bytes: inout [UInt8]) throws -> Bool {
        bytes.removeAll(keepingCapacity: true)
        while bytes.count < count {
            if start == end, try !fill() { return false }
            let piece = min(count - bytes.count, end - start)
            bytes.append(contentsOf: chunk[start..<(start + piece)])
            start += piece
            offset += UInt64(piece)
        }
        return true
    }

    /// Gives the next `count` bytes to `body`, piece by piece and without a copy.
    ///
    /// - Returns: how many bytes are missing because the source ended.
    package mutating func read(
        _ count: UInt64, _ body: (Span<UInt8>) throws -> Void
    ) throws -> UInt64 {
        var remaining = count
        while remaining > 0 {
            if start == end, try !fill() { return remaining }
            let piece = Int(min(remaining, UInt64(end - start)))
            try body(chunk.span.extracting(start..<(start + piece)))
            start += piece
            offset += UInt64(piece)
            remaining -= UInt64(piece)
        }
        return 0
    }

    private mutating func readByte() throws -> UInt8? {
        if start == end, try !fill() { return nil }
        let byte = chunk[start]
        start += 1
        offset += 1
        return byte
    }

    private mutating func fill() throws -> Bool {
        start = 0
        end = 0
        end = try source.read(into: &chunk)
        return end > 0
    }
}
