import Foundation
import Primitives
import StoreModel
import Testing

/// A binary cache that the real Nix wrote and signed.
@Suite struct NarInfoConformanceTests {
    /// Makes a cache of one derivation's closure; returns the bytes of its narinfo files.
    private func cache(_ nix: RealNix) throws -> [[UInt8]] {
        let derivations = try nix.instantiate("graph")
        let merged = try #require(derivations.first { $0.hasSuffix("-merged.drv") })
        let sources = try #require(derivations.first { $0.hasSuffix("-sources.drv") })
        let keys = ["test-1", nix.directory + "/secret", nix.directory + "/public"]
        try nix.run("nix-store", ["--generate-binary-cache-key"] + keys)
        let url = "file://\(nix.directory)/cache?compression=xz&secret-key=\(keys[1])"
        try nix.run("nix", ["copy", "--derivation", "--to", url, merged, sources])
        let directory = nix.directory + "/cache"
        return try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".narinfo") }
            .map { try Array(Data(contentsOf: URL(filePath: "\(directory)/\($0)"))) }
    }

    @Test func everyNarInfoPrintsBack() throws {
        let nix = try RealNix()
        let store = try StoreDirectory("/nix/store")
        let texts = try cache(nix)
        #expect(texts.count >= 8)
        for text in texts {
            let narInfo = try NarInfo(parsing: text, in: store)
            #expect(Array(narInfo.text(in: store).utf8) == text)
            let file = try Data(contentsOf: URL(filePath: "\(nix.directory)/cache/\(narInfo.url)"))
            #expect(narInfo.fileHash == Digest.hash(Array(file)))
            #expect(narInfo.fileSize == UInt64(file.count))
        }
    }

    /// The signature is Nix's, the fingerprint ours, the judge OpenSSL.
    @Test func fingerprintsAreWhatNixSigned() throws {
        let nix = try RealNix()
        guard RealNix.find("openssl") != nil else { try Test.cancel("openssl is not installed") }
        let store = try StoreDirectory("/nix/store")
        let texts = try cache(nix)
        let key = try String(contentsOfFile: nix.directory + "/public", encoding: .utf8)
        let raw = try #require(
            Data(base64Encoded: String(key.drop { $0 != ":" }.dropFirst())))
        // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410): a fixed beginning, then the 32 bytes.
        let header: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0]
        try (Data(header) + raw).write(to: URL(filePath: nix.directory + "/key.der"))
        for text in texts {
            let info = try NarInfo(parsing: text, in: store).info
            let signature = try #require(info.signatures.first)
            #expect(signature.hasPrefix("test-1:"))
            let bytes = try #require(
                Data(base64Encoded: String(signature.dropFirst("test-1:".count))))
            try bytes.write(to: URL(filePath: nix.directory + "/signature"))
            try Data(info.fingerprint(in: store).utf8)
                .write(to: URL(filePath: nix.directory + "/fingerprint"))
            try nix.shell(
                "openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin "
                    + "-in fingerprint -sigfile signature > verdict")
        }
    }
}
