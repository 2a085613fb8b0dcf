import Primitives
import Testing

/// Ed25519 keys and signatures. The vectors are the first three of RFC 8032, section 7.1.
@Suite struct SigningTests {
    struct Vector: Sendable {
        let seed: String
        let point: String
        let message: [UInt8]
        let signature: String
    }

    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            point: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: [],
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590"
                + "a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            point: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: [0x72],
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e"
                + "15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ]

    @Test(arguments: vectors) func publishedVectors(vector: Vector) throws {
        let seed = try #require(Base16.decode(Array(vector.seed.utf8)))
        let key = try SecretKey(name: "test", seed: seed)
        #expect(Base16.encode(key.publicKey.bytes) == vector.point)
        let message = String(decoding: vector.message, as: UTF8.self)
        let signature = try key.sign(message)
        let bytes = try #require(Base16.decode(Array(vector.signature.utf8)))
        #expect(signature == "test:" + Base64.encode(bytes))
        #expect(key.publicKey.verifies(signature, of: message))
        #expect(!key.publicKey.verifies(signature, of: message + "x"))
    }

    @Test func changedBitsSpoilASignature() throws {
        let key = try SecretKey(name: "test", seed: [UInt8](repeating: 7, count: 32))
        let signature = try key.sign("message")
        let bytes = try #require(Base64.decode(Array(signature.dropFirst(5).utf8)))
        for bit in stride(from: 0, to: 512, by: 7) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.publicKey.verifies("test:" + Base64.encode(changed), of: "message"))
        }
        for text in ["", "test:", "test", "other:" + signature.dropFirst(5), signature + "AAAA"] {
            #expect(!key.publicKey.verifies(text, of: "message"))
        }
    }

    @Test func textsAreReadBack() throws {
        let key = try SecretKey(name: "example.org-1", seed: [UInt8](repeating: 1, count: 32))
        let again = try SecretKey(parsing: key.secretText + "\n")
        #expect(again.publicKey == key.publicKey)
        #expect(try PublicKey(parsing: " \(key.publicKey)\n") == key.publicKey)
        // Whoever prints a key in a message prints no secret.
        #expect("\(key)" == "example.org-1:(secret)")
        #expect(throws: KeyError.badBytes(name: "example.org-1", expected: 64)) {
            try SecretKey(parsing: "\(key.publicKey)")
        }
        #expect(throws: KeyError.malformed) { try PublicKey(parsing: "AAAA") }
        #expect(throws: KeyError.badName("")) { try PublicKey(parsing: ":AAAA") }
        let damaged = String(key.secretText.dropLast(4)) + "AAA="
        #expect(throws: KeyError.self) { try SecretKey(parsing: damaged) }
    }

    @Test func twoKeysOfOneNameWhileTheyAreExchanged() throws {
        let old = try SecretKey(name: "site", seed: [UInt8](repeating: 1, count: 32))
        let new = try SecretKey(name: "site", seed: [UInt8](repeating: 2, count: 32))
        let keys = [old.publicKey, new.publicKey]
        let signature = try new.sign("text")
        #expect(keys.signer(of: "text", [signature]) == new.publicKey)
        #expect([old.publicKey].signer(of: "text", [signature]) == nil)
    }
}
