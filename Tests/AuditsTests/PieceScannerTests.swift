import Audits
import TestSupport
import Testing

/// Pieces of hashes, compared with looking at every place.
@Suite struct PieceScannerTests {
    private static let alphabet = Array("0123456789abcdfghijklmnpqrsvwxyz".utf8)

    @Test(arguments: 0..<6) func findsWhatANaiveSearchFinds(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func letters(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in Self.alphabet[Int(random.next() % 32)] }
        }
        let texts = (0..<5).map { _ in letters(32) }
        // Noise of the alphabet and of other bytes, with pieces of all lengths strewn in.
        var stream: [UInt8] = []
        while stream.count < 1000 {
            stream += letters(Int(random.next() % 12))
            if random.next() % 2 == 0 { stream.append(UInt8(ascii: "e")) }
            let text = texts[Int(random.next() % 5)]
            let start = Int(random.next() % 25)
            stream += text[start..<min(32, start + 5 + Int(random.next() % 28))]
        }
        let naive = Set(
            texts.indices.flatMap { text in
                (0...24).flatMap { place in
                    (0...(stream.count - 8)).filter {
                        stream[$0...].starts(with: texts[text][place..<(place + 8)])
                    }.map { [text, place, $0] }
                }
            })
        let scanner = PieceScanner(texts)
        for size in [16, 100, 1000] {
            var pieces: [PieceScanner.Piece] = []
            // As BlobPass reads: each part sees some bytes behind it.
            for base in stride(from: 0, to: stream.count, by: size) {
                let end = min(stream.count, base + size + 2 * PieceScanner.lookahead)
                scanner.scan(
                    stream.span.extracting(base..<end), before: min(size, end - base),
                    base: UInt64(base), into: &pieces)
            }
            let found = Set(
                pieces.flatMap { piece in
                    (0...(piece.count - 8)).map {
                        [piece.text, piece.place + $0, Int(piece.offset) + $0]
                    }
                })
            #expect(found == naive, "parts of \(size)")
        }
    }

    @Test func piecesTellTogether() {
        func piece(_ place: Int, _ count: Int, _ offset: UInt64) -> PieceScanner.Piece {
            PieceScanner.Piece(text: 0, place: place, offset: offset, count: count)
        }
        func groups(_ pieces: PieceScanner.Piece...) -> [String] {
            PieceScanner.groups(pieces).map {
                "\($0.offset) \($0.isUncut ? "uncut" : $0.isWhole ? "whole" : "half")"
            }
        }
        #expect(groups(piece(0, 32, 7)) == ["7 uncut"])
        #expect(groups(piece(20, 12, 5), piece(0, 20, 100)) == ["5 whole"])
        #expect(groups(piece(0, 8, 5), piece(24, 8, 100)) == ["5 half"])
        // One piece twice is no more than once; and what is too far apart belongs to nothing.
        #expect(groups(piece(0, 12, 5), piece(0, 12, 100)) == [])
        #expect(groups(piece(0, 8, 0), piece(8, 8, 248)) == ["0 half"])
        #expect(groups(piece(0, 8, 0), piece(8, 8, 249)) == [])
    }
}
