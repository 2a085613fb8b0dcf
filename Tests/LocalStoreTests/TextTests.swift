import Foundation
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// Paths are those of `GoldenVectorTests`, made by an independent implementation that
/// reproduces Nix's own test data.
@Suite struct TextTests {
    let hola = Array("hola\n".utf8)

    @Test func aTextHasNixsNameAndTheStoresMetadata() throws {
        let fixture = try StoreFixture()
        let path = try fixture.store.addText(name: "hello.txt", contents: hola)
        #expect(path.baseName == "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.txt")
        let real = fixture.store.layout.realPath(of: path)
        #expect(try Data(contentsOf: URL(filePath: real)) == Data(hola))
        let metadata = try status(real)
        #expect(metadata.mode == 0o444)
        #expect(metadata.time == 1)
        let info = try #require(try fixture.store.database.info(path))
        #expect(
            info.narHash.base16
                == "e83e39aac300e7ca3ad03d761acad5d1dae9f09748b12dd5068e08cf7a4e7bbb")
        #expect(info.narSize == 120)
        #expect(try fixture.narHash(of: path) == info.narHash)
        #expect(info.contentAddress?.hasPrefix("text:sha256:") == true)
        #expect(info.isUltimate)
        #expect(try fixture.scratches().isEmpty)
    }

    @Test func addingAgainChangesNothing() throws {
        let fixture = try StoreFixture()
        let path = try fixture.store.addText(name: "a", contents: hola)
        let before = try fixture.store.database.info(path)
        #expect(try fixture.reopened().addText(name: "a", contents: hola) == path)
        #expect(try fixture.store.database.info(path) == before)
    }

    @Test func referencesMustBeValid() throws {
        let fixture = try StoreFixture()
        let other = try StoreFixture.path("other")
        #expect(throws: StoreDatabaseError.self) {
            try fixture.store.addText(name: "a", contents: hola, references: [other])
        }
        let library = try fixture.store.addText(name: "library", contents: hola)
        let script = try fixture.store.addText(
            name: "script", contents: hola, references: [library])
        #expect(try fixture.store.database.references(of: script) == [library])
    }

    @Test func aLeftoverInTheWayIsReplaced() throws {
        let fixture = try StoreFixture()
        let path = try fixture.store.storeDirectory.textPath(
            name: "a", contents: Digest.hash(hola), references: [])
        let real = fixture.store.layout.realPath(of: path)
        try shell("mkdir -p \"$1/deep\"; echo junk > \"$1/deep/file\"; chmod 555 \"$1\"", [real])
        try fixture.store.addText(name: "a", contents: hola)
        #expect(try Data(contentsOf: URL(filePath: real)) == Data(hola))
    }

    @Test func aDerivationHasNixsName() throws {
        let fixture = try StoreFixture()
        let derivation = try Self.hola(in: fixture.store)
        let path = try fixture.store.addDerivation(derivation)
        #expect(path.baseName == "b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-hola.drv")
        let out = try StorePath(baseName: "rflyy7abfgb8nlpvyh9gfk3kxway30z8-hola")
        #expect(try fixture.store.database.outputs(of: path) == ["out": out])
        #expect(try fixture.store.database.validDerivers(of: out) == [path])
        // From the disk, by a store that remembers nothing.
        #expect(try fixture.reopened().derivations.derivation(path) == derivation)
    }

    @Test func aGraphIsAddedInOneGoAndContinuedLater() throws {
        let fixture = try StoreFixture()
        var derivations: [Derivation] = [try Self.hola(in: fixture.store)]
        var hashes: [StorePath: QuotientHash] = [:]
        for number in 0..<50 {
            let previous = derivations[derivations.count - 1]
            let path = try previous.file(in: .nodeos).path
            hashes[path] = try previous.quotientHash(inputHashes: hashes, in: .nodeos)
            derivations.append(
                try Derivation(
                    name: "step-\(number)", outputs: ["out": .deferred],
                    inputDerivations: [path: ["out"]], system: "x86_64-linux",
                    builder: "/bin/sh", environment: ["name": "step"]
                ).filledIn(inputHashes: hashes, in: .nodeos))
        }
        let paths = try fixture.store.add(
            [StoreText(name: "script.sh", contents: hola)], Array(derivations.prefix(30)))
        #expect(paths.count == 31)
        // The rest by a store that must read the others from disk.
        let later = try fixture.reopened()
        let all = try later.addDerivations(derivations)
        #expect(all.count == 51)
        #expect(Array(all.prefix(30)) == Array(paths.dropFirst()))
        #expect(try later.database.closure(of: [all[50]]).count == 51)
        // Without the inputs there, none can be added.
        let empty = try StoreFixture()
        #expect {
            try empty.store.addDerivation(derivations[50])
        } throws: {
            if case LocalStoreError.missingInput = $0 { true } else { false }
        }
    }

    @Test func aForgedDerivationIsRefused() throws {
        let fixture = try StoreFixture()
        var forged = try Self.hola(in: fixture.store)
        forged.arguments = ["-c", "echo evil > $out"]
        #expect {
            try fixture.store.addDerivation(forged)
        } throws: {
            if case DerivationError.wrongOutputPath = $0 { true } else { false }
        }
        #expect(try fixture.items().isEmpty)
        let text = forged.aterm(in: .nodeos)
        #expect(throws: DerivationError.self) {
            try fixture.store.addDerivation(text: text, name: "hola")
        }
    }

    /// The derivation of `GoldenVectorTests`.
    static func hola(in store: LocalStore) throws -> Derivation {
        try Derivation(
            name: "hola", outputs: ["out": .deferred], system: "x86_64-linux",
            builder: "/bin/sh", arguments: ["-c", "echo hola > $out"],
            environment: ["name": "hola", "out": ""]
        ).filledIn(inputHashes: [:], in: store.storeDirectory)
    }
}
