import Primitives

/// Finds the hash parts of store paths in a stream of bytes (`docs/formats/reference-scanner.md`).
///
/// A hash part is 32 characters of the nix32 alphabet. The scanner looks at the last byte of a
/// window of 32 first: a byte outside the alphabet, and most bytes are outside, lets it jump
/// behind that byte at once. A window that holds only such characters is looked up in the set of
/// candidates, after a filter over its last three characters. Bytes known to be in the alphabet
/// are not looked at again, so no byte is tested more than twice.
///
/// It is exact however the stream is cut in pieces: the last 31 bytes are kept from piece to piece.
/// Store directory and name are ignored, as in Nix. What is compressed, or spread out as in UTF-16,
/// is not found.
package struct ReferenceScanner: ByteSink {
    /// The number of characters in a hash part.
    package static let length = 32

    private let candidates: [PackedHashPart: String]
    private let filter: [Bool]
    private var tail: [UInt8] = []
    private var border: [UInt8] = []
    private var offset: UInt64 = 0
    /// For every hash part found, where it was found first: the number of bytes before it.
    package private(set) var firstOffsets: [String: UInt64] = [:]

    /// A scanner for these hash parts. A text that is none is never found.
    package init(candidates: some Sequence<String>) {
        var table: [PackedHashPart: String] = [:]
        table.reserveCapacity(candidates.underestimatedCount)
        var filter = [Bool](repeating: false, count: 1 << 15)
        for candidate in candidates {
            guard candidate.utf8.count == Self.length,
                candidate.utf8.allSatisfy({ nix32Values[Int($0)] < 32 })
            else { continue }
            let packed = PackedHashPart(candidate.utf8.span, at: 0)
            table[packed] = candidate
            filter[packed.filterIndex] = true
        }
        self.candidates = table
        self.filter = filter
        border.reserveCapacity(2 * Self.length)
    }

    /// The hash parts found so far.
    package var found: Set<String> { Set(firstOffsets.keys) }

    /// Looks at the next bytes.
    package mutating func write(_ bytes: Span<UInt8>) {
        if candidates.isEmpty || bytes.isEmpty { return }
        let kept = Self.length - 1
        if !tail.isEmpty {
            // The windows that begin in the tail and end in the new bytes.
            border.removeAll(keepingCapacity: true)
            border.append(contentsOf: tail)
            for index in 0..<min(kept, bytes.count) { border.append(bytes[index]) }
            let border = border
            scan(border.span, startingAt: offset - UInt64(tail.count))
        }
        scan(bytes, startingAt: offset)
        offset += UInt64(bytes.count)
        if bytes.count >= kept {
            tail = bytes.copied((bytes.count - kept)..<bytes.count)
        } else {
            tail.append(contentsOf: bytes.copied())
            tail.removeFirst(max(0, tail.count - kept))
        }
    }

    private mutating func scan(_ bytes: Span<UInt8>, startingAt base: UInt64) {
        let length = Self.length
        let alphabet = nix32Values
        var start = 0
        /// All bytes from the start of the window up to here are in the alphabet.
        var known = 0
        while start + length <= bytes.count {
            var index = start + length - 1
            while index >= known, alphabet[Int(bytes[index])] < 32 { index -= 1 }
            if index >= known {
                known = start + length
                start = index + 1
                continue
            }
            known = start + length
            look(at: start, of: bytes, base)
            start += 1
        }
    }

    private mutating func look(at start: Int, of bytes: Span<UInt8>, _ base: UInt64) {
        let last = start + Self.length
        let index = PackedHashPart.filterIndex(
            bytes[last - 3], bytes[last - 2], bytes[last - 1])
        guard filter[index], let candidate = candidates[PackedHashPart(bytes, at: start)]
        else { return }
        if firstOffsets[candidate] == nil {
            firstOffsets[candidate] = base + UInt64(start)
        }
    }
}
