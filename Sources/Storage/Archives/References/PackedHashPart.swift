import Primitives

/// The 160 bits of a hash part.
struct PackedHashPart: Hashable {
    let high: UInt64
    let middle: UInt64
    let low: UInt64

    init(_ bytes: Span<UInt8>, at start: Int) {
        func bits(_ from: Int, _ to: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in from..<to {
                value = value << 5 | UInt64(nix32Values[Int(bytes[start + index])])
            }
            return value
        }
        high = bits(0, 12)
        middle = bits(12, 24)
        low = bits(24, 32)
    }

    var filterIndex: Int { Int(low & 0x7fff) }

    static func filterIndex(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        Int(nix32Values[Int(first)]) << 10 | Int(nix32Values[Int(second)]) << 5
            | Int(nix32Values[Int(third)])
    }
}

/// The value of every byte in the nix32 alphabet (`docs/formats/digests.md`); 255 for the others.
let nix32Values = Nix32.values
