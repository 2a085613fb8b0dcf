/// Makes near misses of valid inputs, for tests that a parser survives any bytes.
public struct Mutator: Sendable {
    private var generator: SplitMix64
    private let samples: [[UInt8]]
    private let words: [[UInt8]]

    /// A mutator of `samples`, which are valid inputs.
    ///
    /// - Parameter words: what the format is made of; inserted at random places.
    public init(samples: [[UInt8]], words: [String], seed: UInt64) {
        self.samples = samples
        self.words = words.map { Array($0.utf8) }
        generator = SplitMix64(seed: seed)
    }

    /// A sample with one to four changes: bits flipped, bytes set, inserted, removed, repeated or
    /// swapped, a word inserted, the rest cut off, or the rest taken from another sample.
    public mutating func next() -> [UInt8] {
        var bytes = samples.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let length = Int.random(in: 0...min(24, bytes.count - place), using: &generator)
        let range = place..<(place + length)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0 where place < bytes.count:
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where place < bytes.count:
            bytes[place] = [0, 0x7f, 0x80, 0xff, 0x22, 0x5c].randomElement(using: &generator) ?? 0
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        case 3: bytes.removeSubrange(range)
        case 4: bytes.insert(contentsOf: Array(bytes[range]), at: place)
        case 5: bytes.removeSubrange(place...)
        case 6: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
        case 7:
            let other = samples.randomElement(using: &generator) ?? []
            let tail = Int.random(in: 0...other.count, using: &generator)
            bytes.replaceSubrange(place..., with: other[tail...])
        case 8:
            let word = words.randomElement(using: &generator) ?? []
            let end = min(bytes.count, place + word.count)
            bytes.replaceSubrange(place..<end, with: word)
        default:
            let piece = Array(bytes[range])
            bytes.removeSubrange(range)
            bytes.insert(
                contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &generator))
        }
    }
}
