import Primitives

/// Replaces hash parts of store paths by texts of the same length in a stream of bytes, however the
/// stream is cut in pieces. At most 31 bytes are held back from piece to piece.
///
/// Where two hash parts overlap, the first is replaced. What ``ReferenceScanner`` does not find is not
/// replaced either: what is compressed, or spread out as in UTF-16.
package struct ReferenceRewriter: Sendable {
    /// A place where something was replaced.
    struct Match: Hashable, Sendable {
        /// The number of bytes before it.
        let offset: UInt64
        /// Which replacement: its place among the hash parts' sorted texts of replacement.
        let index: Int
    }

    private let replacements: [PackedHashPart: (index: Int, bytes: [UInt8])]
    private var pending: [UInt8] = []
    /// The number of bytes before `pending`.
    private var offset: UInt64 = 0
    /// The places since the rewriter was made; whoever reads them may empty the list.
    var matches: [Match] = []

    /// A rewriter.
    ///
    /// - Parameter replacements: for each hash part what stands in its place: 32 bytes too, and no text
    ///   that holds a hash part itself.
    /// - Precondition: hash parts are hash parts, and every replacement has 32 bytes.
    package init(_ replacements: [String: String]) {
        var table: [PackedHashPart: (index: Int, bytes: [UInt8])] = [:]
        let order = Set(replacements.values).sorted()
        let indices = Dictionary(uniqueKeysWithValues: zip(order, order.indices))
        for (hashPart, replacement) in replacements {
            let bytes = Array(hashPart.utf8)
            precondition(
                bytes.count == ReferenceScanner.length
                    && bytes.allSatisfy { nix32Values[Int($0)] < 32 },
                "'\(hashPart)' is no hash part")
            let text = Array(replacement.utf8)
            precondition(text.count == ReferenceScanner.length, "'\(replacement)' has no 32 bytes")
            table[PackedHashPart(bytes.span, at: 0)] = (indices[replacement] ?? 0, text)
        }
        self.replacements = table
    }

    /// Takes the next bytes and adds what is decided to `output`.
    package mutating func rewrite(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        pending.append(contentsOf: bytes.copied())
        let decided = max(replaceAll(), pending.count - (ReferenceScanner.length - 1))
        guard decided > 0 else { return }
        output.append(contentsOf: pending[..<decided])
        pending.removeFirst(decided)
        offset += UInt64(decided)
    }

    /// Ends the stream: adds what was held back to `output`. The next bytes begin another stream.
    package mutating func finish(into output: inout [UInt8]) {
        output.append(contentsOf: pending)
        pending.removeAll(keepingCapacity: true)
        offset = 0
    }

    /// `bytes` as a whole, with everything replaced.
    func rewritten(_ bytes: some Collection<UInt8>) -> (bytes: [UInt8], matches: [Match]) {
        var copy = self
        copy.matches = []
        var output: [UInt8] = []
        copy.rewrite(Array(bytes).span, into: &output)
        copy.finish(into: &output)
        return (output, copy.matches)
    }

    /// Replaces what is whole in `pending`; looks at bytes as ``ReferenceScanner`` does.
    ///
    /// - Returns: the end of the last that was replaced; 0 when none was.
    private mutating func replaceAll() -> Int {
        let length = ReferenceScanner.length
        let values = nix32Values
        var end = 0
        var start = 0
        var known = 0
        while start + length <= pending.count {
            var index = start + length - 1
            while index >= known, values[Int(pending[index])] < 32 { index -= 1 }
            let isOutside = index >= known
            known = start + length
            if isOutside {
                start = index + 1
            } else if let (which, text) = replacements[PackedHashPart(pending.span, at: start)] {
                matches.append(Match(offset: offset + UInt64(start), index: which))
                pending.replaceSubrange(start..<(start + length), with: text)
                start += length
                known = start
                end = start
            } else {
                start += 1
            }
        }
        return end
    }
}
