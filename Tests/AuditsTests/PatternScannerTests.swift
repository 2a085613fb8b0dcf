import Audits
import Primitives
import StoreModel
import TestSupport
import Testing

/// The search for many patterns, compared with looking at every place.
@Suite struct PatternScannerTests {
    @Test(arguments: 0..<20) func findsWhatANaiveSearchFinds(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Few letters, so that patterns begin, overlap and nearly match everywhere.
        func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8(ascii: "a") + UInt8(random.next() % 3) }
        }
        let patterns = (0..<12).map { _ in bytes(3 + Int(random.next() % 9)) }
        let text = bytes(2000)
        let naive = Set(
            text.indices.flatMap { start in
                patterns.indices.filter { text[start...].starts(with: patterns[$0]) }
                    .map { Place(pattern: $0, start: start) }
            })
        let scanner = PatternScanner(patterns)
        for piece in [1, 7, 64, 2000] {
            var found: Set<Place> = []
            // As a reader with pieces does it: each sees as much more as the longest pattern needs.
            for base in stride(from: 0, to: text.count, by: piece) {
                let end = min(text.count, base + piece + scanner.longest)
                let bytes = text.span.extracting(base..<end)
                scanner.scan(bytes, before: min(piece, bytes.count)) { pattern, start in
                    found.insert(Place(pattern: pattern, start: base + start))
                }
            }
            #expect(found == naive, "pieces of \(piece)")
        }
    }

    private struct Place: Hashable {
        let pattern: Int
        let start: Int
    }
}
