import Primitives
import StoreModel
import TestSupport
import Testing

/// The parser of derivations on near misses of valid texts: it never crashes, it says where, and
/// what it accepts means one thing.
@Suite struct DerivationMutationTests {
    static let samples = [
        #"Derive([("out","","","")],[],[],"x86_64-linux","/bin/sh",["-c","echo hola > $out"],[("name","hola"),("out","")])"#,
        #"Derive([("out","/nodeos/store/yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt","r:sha256","b221d9dbb083a7f33428d7c2a3c3198ae925614d70210e28716ccaa7cd4ddb79")],[],[],"builtin","builtin:fetchurl",[],[("out","/nodeos/store/yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt"),("url","mirror://x/y")])"#,
        #"Derive([("dev","/nodeos/store/rflyy7abfgb8nlpvyh9gfk3kxway30z8-hola-dev","",""),("out","/nodeos/store/rflyy7abfgb8nlpvyh9gfk3kxway30z8-hola","","")],[("/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-a.drv",["dev","out"]),("/nodeos/store/b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-b.drv",["out"])],["/nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-src","/nodeos/store/x2k7hkbbw4sv9rwxi8fnaxjnxkzmg2wq-txt"],"x86_64-linux","/nodeos/store/2j4s87fjdzwlixi17230c3kgxihm6g6m-src/sh",["-e","\"\\\n\r\t"],[("a","\"q\" \\ \n"),("dev","x"),("out","y")])"#,
        #"Derive([("out","","text:sha512","")],[],[],"","",[],[])"#,
        #"Derive([("out","","r:sha1","impure")],[],[],"","",[""],[("","")])"#,
    ].map { Array($0.utf8) }

    static let words = [
        "\"", "\\", "(", ")", "[", "]", ",", "\\\"", "[]", "Derive(", "DrvWithVersion(", "\u{0}",
        "/nodeos/store/", "/nix/store/", ".drv", "out", "r:", "sha256", "impure", "é", "\n",
        #"("out","","","")"#, #"["out"]"#, "00000000000000000000000000000000-x",
    ]

    @Test func samplesAreValid() throws {
        for sample in Self.samples {
            let derivation = try Derivation(parsing: sample, name: "x", in: .nodeos)
            #expect(derivation.aterm(in: .nodeos) == sample)
        }
    }

    @Test(arguments: 1...8) func mutations(seed: UInt64) throws {
        var mutator = Mutator(samples: Self.samples, words: Self.words, seed: seed)
        for round in 0..<2500 {
            let bytes = mutator.next()
            guard let derivation = parse(bytes) else { continue }
            let printed = derivation.aterm(in: .nodeos)
            #expect(parse(printed) == derivation, "seed \(seed), round \(round)")
            // Only needless escapes and bare control characters print back differently.
            let isOdd = bytes.contains { $0 == 0x5c || $0 < 0x20 }
            #expect(printed == bytes || isOdd, "seed \(seed), round \(round)")
            _ = try? derivation.checkInvariants(inputHashes: [:], in: .nodeos)
            _ = Derivation.storeDirectory(ofText: bytes.span)
            guard let json = try? derivation.json(in: .nodeos) else { continue }
            let read = try Derivation(json: json, name: "x", in: .nodeos)
            #expect(read == derivation, "seed \(seed), round \(round)")
        }
    }

    /// The derivation, or `nil` when the text is refused with a place in it.
    private func parse(_ bytes: [UInt8]) -> Derivation? {
        do {
            return try Derivation(parsing: bytes, name: "x", in: .nodeos)
        } catch {
            guard case .syntax(let offset, let line, let reason) = error else {
                Issue.record("not a syntax error: \(error)")
                return nil
            }
            #expect(offset <= bytes.count && line >= 1 && !reason.isEmpty)
            return nil
        }
    }

    /// Every beginning of a valid text is refused, with the place where it ends or before.
    @Test(arguments: samples) func truncations(sample: [UInt8]) {
        for count in 0..<sample.count {
            #expect(throws: DerivationError.self) {
                try Derivation(parsing: Array(sample[..<count]), name: "x", in: .nodeos)
            }
        }
    }
}
