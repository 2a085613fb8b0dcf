/// Finds hash parts that are written as base 16 digits, two a byte: of the hash's characters, or of its bytes.
///
/// Runs of digits are found by looking at every sixteenth byte, decoded at both places where a pair may
/// begin, and searched as the bytes they stand for. Searched for as digits, of which there are only 16, the
/// same hashes made the search for everything ten times slower.
struct DigitScanner: Sendable {
    /// The texts whose pieces are found.
    private let characters: PieceScanner
    /// What the texts spell, 20 bytes each.
    private let hashes: [[UInt8]]
    /// By four bytes, the hashes that have them at the beginning of a half.
    private var places: [UInt32: [(hash: Int, place: Int)]] = [:]

    /// Pieces of characters, and of bytes, that were found.
    struct Found {
        var characters: [PieceScanner.Piece] = []
        var bytes: [PieceScanner.Piece] = []
    }

    /// The fewest digits that tell something: eight characters.
    private static let shortest = 2 * PieceScanner.shortest
    /// The digits behind a place that must be there to see the whole hash that begins there.
    static let lookahead = 2 * PieceScanner.lookahead
    private static let half = 10
    private static let maximumPieces = 10_000

    /// The value of each digit; 255 for other bytes.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, digit) in "0123456789abcdef".utf8.enumerated() {
            table[Int(digit)] = UInt8(value)
        }
        for (value, digit) in "ABCDEF".utf8.enumerated() { table[Int(digit)] = UInt8(10 + value) }
        return table
    }()

    /// A scanner for the hashes that `texts`, of 32 nix32 characters each, spell.
    init(_ texts: [String]) {
        characters = PieceScanner(texts.map { Array($0.utf8) })
        hashes = texts.map(HiddenForm.bytes(of:))
        for (index, hash) in hashes.enumerated() {
            for place in [0, Self.half] {
                places[Self.word(hash, place), default: []].append((index, place))
            }
        }
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Adds to `found` what begins in `bytes` before `limit`.
    ///
    /// - Parameter base: the offset of `bytes` in the stream.
    func scan(_ bytes: Span<UInt8>, before limit: Int, base: UInt64, into found: inout Found) {
        guard !hashes.isEmpty else { return }
        let values = Self.values
        let stop = min(bytes.count, limit + Self.lookahead)
        var end = Self.shortest - 1
        while end < stop {
            var place = end
            while place > end - Self.shortest, values[Int(bytes[place])] != 255 { place -= 1 }
            guard place == end - Self.shortest else {
                end = place + Self.shortest
                continue
            }
            let start = place + 1
            end += 1
            while end < stop, values[Int(bytes[end])] != 255 { end += 1 }
            look(at: bytes, start, end, values, base, &found)
            end += Self.shortest
        }
    }

    /// Looks at a run of digits.
    private func look(
        at bytes: Span<UInt8>, _ start: Int, _ end: Int, _ values: [UInt8], _ base: UInt64,
        _ found: inout Found
    ) {
        for first in [start, start + 1] {
            var decoded: [UInt8] = []
            decoded.reserveCapacity((end - first) / 2)
            var index = first
            while index + 1 < end {
                decoded.append(values[Int(bytes[index])] << 4 | values[Int(bytes[index + 1])])
                index += 2
            }
            let offset = base + UInt64(first)
            var pieces: [PieceScanner.Piece] = []
            characters.scan(decoded.span, before: decoded.count, base: 0, into: &pieces)
            for piece in pieces where found.characters.count < Self.maximumPieces {
                found.characters.append(
                    PieceScanner.Piece(
                        text: piece.text, place: piece.place, offset: offset + 2 * piece.offset,
                        count: piece.count, width: 2))
            }
            findHashes(decoded, offset, &found)
        }
    }

    /// Finds halves of the hashes themselves.
    private func findHashes(_ bytes: [UInt8], _ offset: UInt64, _ found: inout Found) {
        guard bytes.count >= Self.half else { return }
        for index in 0...(bytes.count - Self.half) {
            for (number, place) in places[Self.word(bytes, index)] ?? [] {
                let rest = hashes[number][place...]
                let count = zip(bytes[index...], rest).prefix { $0 == $1 }.count
                guard count >= Self.half, found.bytes.count < Self.maximumPieces else { continue }
                found.bytes.append(
                    PieceScanner.Piece(
                        text: number, place: place, offset: offset + UInt64(2 * index),
                        count: count, width: 2))
            }
        }
    }
}
