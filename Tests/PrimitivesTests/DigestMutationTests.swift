import Primitives
import TestSupport
import Testing

/// Texts that are nearly digests: accepted only in canonical form, so that no two texts mean one.
@Suite struct DigestMutationTests {
    @Test(arguments: HashAlgorithm.allCases) func mutations(algorithm: HashAlgorithm) throws {
        let digest = Digest.hash("nodeos", algorithm)
        let name = algorithm.rawValue
        let texts = [
            digest.sri, digest.prefixedNix32, digest.prefixedBase16, "\(name):\(digest.base64)",
        ]
        var mutator = Mutator(
            samples: texts.map { Array($0.utf8) },
            words: ["=", "==", ":", "-", "A", "z", "e", "sha1", "md5:", "\u{0}", "é", "+", "/"],
            seed: 7)
        for round in 0..<5000 {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let read = try? Digest(parsing: text) else { continue }
            let forms = [
                read.sri, read.prefixedNix32, read.prefixedBase16,
                "\(read.algorithm.rawValue):\(read.base64)",
            ]
            #expect(
                forms.contains { Array($0.utf8) == Array(text.utf8) }, "round \(round): \(text)")
        }
    }

    /// The last character of nix32 and base64 texts has spare bits; each but zero is refused.
    @Test(arguments: HashAlgorithm.allCases) func spareBits(algorithm: HashAlgorithm) throws {
        let zero = try #require(
            Digest(
                algorithm: algorithm,
                bytes: [UInt8](repeating: 0, count: algorithm.byteCount)))
        let alphabet = "0123456789abcdfghijklmnpqrsvwxyz"
        let spare = zero.nix32.count * 5 - algorithm.byteCount * 8
        for (value, character) in alphabet.enumerated() {
            // The most significant digit comes first; its spare bits are its high ones.
            let text = String(character) + zero.nix32.dropFirst()
            let isCanonical = value < 1 << (5 - spare)
            let isAccepted = (try? Digest(parsing: text, algorithm: algorithm)) != nil
            #expect(isAccepted == isCanonical, "\(text)")
        }
        let upper = Digest.hash("", algorithm)
        for text in [upper.base16.uppercased(), upper.nix32.uppercased()] {
            #expect(throws: DigestError.self) { try Digest(parsing: text, algorithm: algorithm) }
        }
    }
}
