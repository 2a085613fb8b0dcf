import Audits
import Primitives
import StoreModel
import TestSupport
import Testing

/// The parser of manifests on near misses: it never crashes, and what it accepts is a manifest that
/// prints back.
@Suite struct ManifestMutationTests {
    private static let words = [
        "\"", "{", "}", "[", "]", ",", ":", "null", "-1", "1e9", "\\u0000", "sha256:", "é", "\n",
        "/nodeos/store/", "/nix/store/", "\"built\"", "\"kind\"", ".drv", "\"entries\"",
        "9223372036854775808", "[[[[[[[[", "\"digest\"",
    ]

    private func sample(_ name: String) throws -> Manifest {
        var manifest = Manifest(store: .nodeos, tool: "test")
        manifest.machine = MachineFacts(
            machineID: "00", storeID: nil, system: "x86_64-linux", kernel: "Linux",
            processor: "A \"quoted\" one", processorCount: 2, fileSystem: "ext4")
        let source = try StorePath(baseName: "2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt")
        let output = try StorePath(baseName: "rflyy7abfgb8nlpvyh9gfk3kxway30z8-\(name)")
        let deriver = try StorePath(baseName: "b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-\(name).drv")
        // The path and the hash of the source "hola\n".
        manifest.entries[source] = ManifestEntry(
            path: source,
            narHash: try Digest(
                parsing: "e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb",
                algorithm: .sha256), narSize: 120,
            contentAddress:
                "fixed:r:sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8",
            origin: .added)
        manifest.entries[output] = ManifestEntry(
            path: output, narHash: Digest.hash(name), narSize: 200, references: [source, output],
            deriver: deriver, output: "out",
            origin: .built(
                .init(
                    startTime: 1, stopTime: 2, userTime: 3, systemTime: 4, peakMemory: 5,
                    machine: "m")), signatures: ["key:AAAA"])
        manifest.derivations[deriver] = ManifestDerivation(
            outputs: ["out": output], inputs: [source])
        manifest.roots = [output]
        return manifest
    }

    /// The text with a digest that fits whatever it says, as far as it is JSON.
    private func redigested(_ bytes: [UInt8]) -> [UInt8]? {
        guard var members = (try? JSONValue(parsing: bytes))?.object else { return nil }
        let signatures = members.removeValue(forKey: "signatures")
        members["digest"] = nil
        let digest = Digest.hash(JSONValue.object(members).text(isPretty: false))
        members["digest"] = .string(digest.prefixedNix32)
        members["signatures"] = signatures
        return JSONValue.object(members).text()
    }

    @Test func printedAndReadItIsTheSame() throws {
        let manifest = try sample("hola")
        let text = manifest.json.text()
        #expect(try Manifest(parsing: text, from: "x") == manifest)
        #expect(redigested(text) == text)
        // A source whose hash is not the one its path was made from.
        var forged = manifest
        let source = try #require(manifest.entries.keys.min())
        forged.entries[source]?.narHash = Digest.hash("other")
        let error = #expect(throws: ManifestError.self) {
            try Manifest(parsing: forged.json.text(), from: "x")
        }
        #expect(error?.description.contains("entries[0].contentAddress: ") == true)
    }

    /// Found by fuzzing: two manifests that differed in nothing that means anything were not equal.
    @Test func theOrderOfSignaturesMeansNothing() throws {
        var manifest = try sample("hola")
        manifest.signatures = ["a:AAAA", "b:AAAA"]
        var members = try #require(manifest.json.object)
        members["signatures"] = .strings(["b:AAAA", "a:AAAA"])
        let turned = JSONValue.object(members).text()
        #expect(try Manifest(parsing: turned, from: "x") == manifest)
    }

    @Test(arguments: 1...4) func mutations(seed: UInt64) throws {
        let samples = try [sample("hola").json.text(isPretty: false), sample("other").json.text()]
        let originals = try samples.map { try Manifest(parsing: $0, from: "x").digest }
        var mutator = Mutator(samples: samples, words: Self.words, seed: seed)
        for round in 0..<400 {
            let bytes = mutator.next()
            if let manifest = try? Manifest(parsing: bytes, from: "x") {
                // Only white space and signatures are outside of the digest.
                #expect(originals.contains(manifest.digest), "seed \(seed), round \(round)")
            }
            guard let forged = redigested(bytes) else { continue }
            if let manifest = try? Manifest(parsing: forged, from: "x") {
                #expect(manifest.json.text() == forged, "seed \(seed), round \(round)")
            }
        }
    }
}
