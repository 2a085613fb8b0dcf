import Primitives

/// Finds pieces of hash parts in a stream: at least ``shortest`` characters that follow each other in one
/// of them, anywhere in it.
///
/// A hash that was cut into pieces of that length keeps, in each of them, four characters that begin at a
/// multiple of four in the hash. Four characters of nix32 are a number of 20 bits, so a table of 2^20 bits
/// knows exactly which of them to look at. Runs of nix32 characters are found by looking at every eighth
/// byte only.
package struct PieceScanner: Sendable {
    /// A piece that was found.
    package struct Piece: Hashable, Sendable {
        /// Which of the texts.
        package let text: Int
        /// Where it begins in that text.
        package let place: Int
        /// Where it begins in the stream.
        package let offset: UInt64
        /// How many characters.
        package let count: Int
        /// How many bytes each takes in the stream.
        package let width: Int

        /// A piece.
        package init(text: Int, place: Int, offset: UInt64, count: Int, width: Int = 1) {
            self.text = text
            self.place = place
            self.offset = offset
            self.count = count
            self.width = width
        }

        var end: UInt64 { offset + UInt64(count * width) }
        /// One bit for each character of the text.
        var mask: UInt32 {
            UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(count) - 1) << UInt64(place))
        }
    }

    /// Pieces of one text that are near each other.
    package struct Group: Sendable {
        package let text: Int
        /// Where the first piece begins.
        package let offset: UInt64
        /// Whether they are the whole text together.
        package let isWhole: Bool
        /// Whether one of them is the whole text.
        package let isUncut: Bool
    }

    /// Shorter pieces are not looked for: a character more makes a chance match 32 times rarer.
    static let shortest = 8
    /// Pieces of one hash belong together when they lie in so many bytes.
    static let span: UInt64 = 256
    /// The bytes behind a place that must be there to see the whole piece that begins there.
    package static let lookahead = 40
    /// More pieces than these tell nothing new.
    private static let maximumPieces = 10_000

    private let texts: [[UInt8]]
    /// Which groups of four are in a text.
    private var known = [UInt64](repeating: 0, count: 1 << 14)
    private var places: [UInt32: [(text: Int, place: Int)]] = [:]

    /// A scanner for `texts`, each of 32 nix32 characters.
    package init(_ texts: [[UInt8]]) {
        self.texts = texts
        for (index, text) in texts.enumerated() {
            for place in stride(from: 0, to: text.count - 3, by: 4) {
                let group = text[place..<(place + 4)].reduce(UInt32(0)) {
                    $0 << 5 | UInt32(Nix32.values[Int($1)] & 31)
                }
                known[Int(group >> 6)] |= 1 << UInt64(group & 63)
                places[group, default: []].append((index, place))
            }
        }
    }

    /// Adds to `pieces` what begins in `bytes` before `limit`.
    ///
    /// - Parameter base: the offset of `bytes` in the stream.
    package func scan(
        _ bytes: Span<UInt8>, before limit: Int, base: UInt64, into pieces: inout [Piece]
    ) {
        guard !texts.isEmpty else { return }
        let values = Nix32.values
        // What begins just before the limit is seen here, to its end.
        let stop = min(bytes.count, limit + Self.lookahead)
        var end = Self.shortest - 1
        while end < stop {
            // The last byte in these eight that is no nix32 character.
            var place = end
            while place > end - Self.shortest, values[Int(bytes[place])] != 255 { place -= 1 }
            guard place == end - Self.shortest else {
                end = place + Self.shortest
                continue
            }
            end = run(bytes, from: place + 1, to: stop, values, base, &pieces) + Self.shortest
        }
    }

    /// Looks at the run of nix32 characters that begins at `start`.
    ///
    /// - Returns: where it ends.
    private func run(
        _ bytes: Span<UInt8>, from start: Int, to stop: Int, _ values: [UInt8], _ base: UInt64,
        _ pieces: inout [Piece]
    ) -> Int {
        var group: UInt32 = 0
        var index = start
        while index < stop {
            let value = values[Int(bytes[index])]
            if value == 255 { break }
            group = (group << 5 | UInt32(value)) & 0xf_ffff
            if index - start >= 3, known[Int(group >> 6)] >> UInt64(group & 63) & 1 == 1 {
                extend(group, bytes, index - 3, base, &pieces)
            }
            index += 1
        }
        return index
    }

    /// Adds the pieces around four characters, where they are long enough.
    private func extend(
        _ group: UInt32, _ bytes: Span<UInt8>, _ index: Int, _ base: UInt64,
        _ pieces: inout [Piece]
    ) {
        for (number, place) in places[group] ?? [] {
            let text = texts[number]
            var before = 0
            while before < min(place, index), bytes[index - before - 1] == text[place - before - 1]
            {
                before += 1
            }
            var behind = 4
            while place + behind < text.count, index + behind < bytes.count,
                bytes[index + behind] == text[place + behind]
            { behind += 1 }
            guard before + behind >= Self.shortest, pieces.count < Self.maximumPieces else {
                continue
            }
            let piece = Piece(
                text: number, place: place - before, offset: base + UInt64(index - before),
                count: before + behind)
            // Every four characters of a piece lead here.
            if !pieces.suffix(8).contains(piece) { pieces.append(piece) }
        }
    }

    /// Pieces that tell a text together: at least half of its `length` characters within ``span``
    /// bytes, in any order. For each text the first such place.
    ///
    /// Two pieces of eight characters that stand side by side by chance: one such pair in 2^80
    /// places, times the few hundred bytes and the 25 places in the hash that each may have.
    package static func groups(_ pieces: [Piece], length: Int = 32) -> [Group] {
        let all = UInt32(truncatingIfNeeded: UInt64(1) << UInt64(length) - 1)
        var groups: [Group] = []
        for (text, found) in Dictionary(grouping: pieces, by: \.text).sorted(by: { $0.key < $1.key }
        ) {
            let sorted = Set(found).sorted { ($0.offset, $0.place) < ($1.offset, $1.place) }
            for (index, first) in sorted.enumerated() {
                let near = sorted[index...].prefix { $0.end - first.offset <= span }
                let mask = near.reduce(UInt32(0)) { $0 | $1.mask }
                guard mask.nonzeroBitCount >= length / 2 else { continue }
                groups.append(
                    Group(
                        text: text, offset: first.offset, isWhole: mask == all,
                        isUncut: near.contains { $0.mask == all }))
                break
            }
        }
        return groups
    }
}
