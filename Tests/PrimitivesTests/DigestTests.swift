import Primitives
import Testing

/// Vectors: NIST FIPS 180-4 examples ("abc", ""), RFC 1321 for MD5, `nix-hash --to-base32` (Nix
/// 2.8) for nix32.
@Suite struct DigestTests {
    @Test(arguments: [
        (HashAlgorithm.md5, "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func publishedVectors(algorithm: HashAlgorithm, expected: String) {
        #expect(Digest.hash("abc", algorithm).base16 == expected)
    }

    @Test func emptyDigestInNix32() {
        let digest = Digest.hash([])
        #expect(digest.nix32 == "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73")
        #expect(digest.sri == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    @Test(arguments: HashAlgorithm.allCases)
    func everyFormParsesBack(algorithm: HashAlgorithm) throws {
        for length in 0..<40 {
            let digest = Digest.hash([UInt8](repeating: UInt8(length), count: length), algorithm)
            let name = algorithm.rawValue
            for text in [
                digest.sri, "\(name):\(digest.base16)", digest.prefixedNix32,
                "\(name):\(digest.base64)",
            ] {
                #expect(try Digest(parsing: text) == digest)
            }
            #expect(try Digest(parsing: digest.base16, algorithm: algorithm) == digest)
        }
    }

    @Test(arguments: [
        "sha256:", "sha3:00", "deadbeef", "sha256:zz",
        "sha256-0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:zmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu===",
    ])
    func refused(text: String) {
        #expect(throws: DigestError.self) { try Digest(parsing: text) }
    }

    @Test func contextInPiecesEqualsWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var context = HashingContext(.sha256)
        for chunk in stride(from: 0, to: 1000, by: 13) {
            context.update(Array(bytes[chunk..<min(chunk + 13, 1000)]))
        }
        #expect(context.snapshot() == Digest.hash(bytes))
        #expect(context.finish() == Digest.hash(bytes))
    }
}
