import Archives
import Foundation
import LocalStore
import Primitives
import StoreModel
import TestSupport
import Testing

/// Streams with derivations that are nearly right: each passes every check but one.
@Suite struct ForgedDerivationTests {
    let source: CollectionFixture
    let target: CollectionFixture

    init() throws {
        source = try CollectionFixture()
        target = try CollectionFixture()
    }

    private func exported(_ path: StorePath) throws -> [UInt8] {
        var sink = MemorySink()
        try source.store.export([path], into: &sink)
        return sink.bytes
    }

    private func expectRefused(
        _ bytes: [UInt8], at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(throws: (any Error).self, sourceLocation: location) {
            try target.base.reopened().importItems(from: MemorySource(bytes)) { _ in }
        }
        #expect(try target.names().isEmpty, sourceLocation: location)
    }

    private func replacing(_ old: String, with new: String, in bytes: [UInt8]) -> [UInt8] {
        bytes.replacing(Array(old.utf8), with: Array(new.utf8))
    }

    /// Its path is the one of its text; only the output is another's.
    @Test func aClaimOnAnothersOutput() throws {
        let (derivation, output) = try source.addBuilt("built")
        let (_, other) = try source.addBuilt("other")
        let file = source.store.layout.realPath(of: derivation)
        let text = Array(try Data(contentsOf: URL(filePath: file)))
        let forged = replacing(output.hashPart, with: other.hashPart, in: text)
        #expect(forged != text)
        let path = try source.store.storeDirectory.textPath(
            name: derivation.name, contents: Digest.hash(forged), references: [])
        var bytes = try exported(derivation)
        bytes = replacing(output.hashPart, with: other.hashPart, in: bytes)
        try expectRefused(replacing(derivation.hashPart, with: path.hashPart, in: bytes))
    }

    /// Its text is right, but of another path.
    @Test func anotherPath() throws {
        let (derivation, _) = try source.addBuilt("built")
        let first = derivation.hashPart.hasPrefix("0") ? "1" : "0"
        try expectRefused(
            replacing(
                derivation.hashPart, with: first + derivation.hashPart.dropFirst(),
                in: exported(derivation)))
    }
}
