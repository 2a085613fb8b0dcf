import Foundation
import Primitives
import Testing

/// Digests as `nix-hash` prints and converts them.
@Suite struct HashConformanceTests {
    @Test(
        arguments: HashAlgorithm.allCases,
        ["", "abc", "hola\n", String(repeating: "a", count: 70000)])
    func flatFiles(algorithm: HashAlgorithm, content: String) throws {
        let nix = try RealNix()
        let file = nix.directory + "/file"
        try Data(content.utf8).write(to: URL(filePath: file))
        let digest = Digest.hash(content, algorithm)
        let common = ["--flat", "--type", algorithm.rawValue, file]
        #expect(try nix.run("nix-hash", common).text == digest.base16)
        #expect(try nix.run("nix-hash", ["--base32"] + common).text == digest.nix32)
        let modern = ["hash", "file", "--type", algorithm.rawValue, file]
        #expect(try nix.run("nix", modern).text == digest.sri)
        #expect(try nix.run("nix", modern + ["--base64"]).text == digest.base64)
    }

    /// Every form converts to every other as `nix hash` converts it.
    @Test(arguments: HashAlgorithm.allCases) func conversions(algorithm: HashAlgorithm) throws {
        let nix = try RealNix()
        let patterns: [[UInt8]] = [
            [UInt8](repeating: 0, count: algorithm.byteCount),
            [UInt8](repeating: 0xff, count: algorithm.byteCount),
            (0..<algorithm.byteCount).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) },
            [0x80] + [UInt8](repeating: 0, count: algorithm.byteCount - 2) + [0x01],
        ]
        for bytes in patterns {
            let digest = try #require(Digest(algorithm: algorithm, bytes: bytes))
            let forms = [digest.base16, digest.nix32, digest.base64, digest.sri]
            let commands = ["to-base16", "to-base32", "to-base64", "to-sri"]
            for (command, expected) in zip(commands, forms) {
                let answers = try nix.run(
                    "nix", ["hash", command, "--type", algorithm.rawValue] + forms
                ).lines
                #expect(answers == Array(repeating: expected, count: forms.count))
            }
            for form in forms {
                #expect(try Digest(parsing: form, algorithm: algorithm) == digest)
            }
        }
    }

    /// What Nix refuses to convert is refused here.
    @Test(arguments: [
        "", "z", "sha256:", "sha256-", "g" + String(repeating: "0", count: 63),
        String(repeating: "z", count: 52), String(repeating: "0", count: 51),
        "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "md4:00000000000000000000000000000000",
    ]) func refusedByBoth(text: String) throws {
        let nix = try RealNix()
        let outcome = try nix.attempt("nix", ["hash", "to-base16", "--type", "sha256", text])
        #expect(outcome.status != 0, "nix reads it as \(outcome.text)")
        #expect(throws: DigestError.self) { try Digest(parsing: text, algorithm: .sha256) }
    }
}
