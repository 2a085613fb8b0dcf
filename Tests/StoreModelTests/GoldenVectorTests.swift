import Primitives
import StoreModel
import Testing

/// Golden vectors, computed by an independent implementation that reproduces
/// NixOS/nix's own test data.
@Suite struct GoldenVectorTests {
    let store = StoreDirectory.nodeos
    let hola = Digest.hash("hola\n")

    @Test func textPath() throws {
        let path = try store.textPath(name: "hello.txt", contents: hola, references: [])
        #expect(store.path(of: path) == "/nodeos/store/2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.txt")
    }

    @Test func sourcePath() throws {
        let narHash = try Digest(
            parsing: "sha256:e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb")
        let path = try store.sourcePath(name: "hello.txt", narHash: narHash, references: [])
        #expect(path.baseName == "2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt")
        let recursive = try store.fixedOutputPath(
            name: "hello.txt", method: .recursive, digest: narHash)
        #expect(recursive == path)
    }

    @Test func fixedFlatPath() throws {
        let path = try store.fixedOutputPath(name: "hello.txt", method: .flat, digest: hola)
        #expect(path.baseName == "x2k7hkbbw4sv9rwxi8fnaxjnxkzmg2wq-hello.txt")
    }

    @Test func inputAddressedDerivation() throws {
        let text = #"""
            Derive([("out","","")],[],[],"x86_64-linux","/bin/sh",["-c","echo hola > $out"],[("name","hola"),("out","")])
            """#
        // The file has the fields of an output as three strings after its name.
        let masked = text.replacing(#"("out","","")"#, with: #"("out","","","")"#)
        let derivation = try Derivation(parsing: Array(masked.utf8), name: "hola", in: store)
        #expect(derivation.aterm(in: store) == Array(masked.utf8))
        let filled = try derivation.filledIn(inputHashes: [:], in: store)
        #expect(
            filled.outputs["out"]?.path?.baseName == "rflyy7abfgb8nlpvyh9gfk3kxway30z8-hola")
        #expect(
            try filled.file(in: store).path.baseName == "b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-hola.drv")
        try filled.checkInvariants(inputHashes: [:], in: store)
    }

    @Test func fixedOutputDerivation() throws {
        let path = try store.fixedOutputPath(name: "hola.txt", method: .flat, digest: hola)
        #expect(path.baseName == "yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt")
        let derivation = Derivation(
            name: "hola.txt", outputs: ["out": .fixed(path, method: .flat, digest: hola)],
            system: "builtin", builder: "builtin:fetchurl",
            environment: ["out": ByteString(store.path(of: path))])
        guard case .digest(let digest) = try derivation.quotientHash(inputHashes: [:], in: store)
        else {
            Issue.record("a fixed output has a quotient hash")
            return
        }
        #expect(
            digest.base16 == "c1b7d7996ca48b913898951e292a69220d72bb96fdddf7ef656089e1582d6df8")
    }
}
