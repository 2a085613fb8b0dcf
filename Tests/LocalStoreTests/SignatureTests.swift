import LocalStore
import Primitives
import StoreModel
import Testing

/// Who signed what.
@Suite struct SignatureTests {
    @Test func signaturesAreCountedByKey() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let path = try store.addText(name: "a", contents: Array("a\n".utf8))
        _ = try store.addText(name: "b", contents: Array("b\n".utf8))
        let key = try SecretKey(name: "one", seed: [UInt8](repeating: 1, count: 32))
        // Of the same name, and not the same.
        let other = try SecretKey(name: "one", seed: [UInt8](repeating: 2, count: 32))
        #expect(try store.sign([path], with: key) == 1)
        #expect(try store.sign([path], with: key) == 0)
        var survey = try store.surveySignatures(verifying: [key.publicKey])
        #expect(survey.counts["one"]?.good == 1)
        #expect(survey.pathCount == 2 && survey.unsignedCount == 1)
        survey = try store.surveySignatures(verifying: [other.publicKey])
        #expect(survey.counts["one"]?.bad == 1)
        survey = try store.surveySignatures(verifying: [])
        #expect(survey.counts["one"]?.unverified == 1)
    }

    @Test func anAbsentLogHasAReason() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let text = try store.addText(name: "a", contents: Array("a\n".utf8))
        #expect(try store.logAbsence(of: text) == .lost)
        #expect(try store.logAbsence(of: StoreFixture.path("absent")) == .neverBuilt)
    }

    @Test func draftsAreOneRecordOrSeveral() throws {
        let derivation = try Derivation(
            name: "hola", outputs: ["out": .deferred], system: "x86_64-linux", builder: "/bin/sh"
        ).filledIn(inputHashes: [:], in: .nodeos)
        let record = try derivation.json(in: .nodeos)
        let path = try derivation.file(in: .nodeos).path
        let key = StoreDirectory.nodeos.path(of: path)
        func paths(_ value: JSONValue) throws -> [StorePath?] {
            try DerivationDraft.drafts(in: value, of: .nodeos).map(\.path)
        }
        #expect(try paths(record) == [nil])
        #expect(try paths(.object([key: record])) == [path])
        let wrapped: JSONValue = .object([
            "derivations": .object([path.baseName: record]), "version": .integer(4),
        ])
        #expect(try paths(wrapped) == [path])
        for wrong: JSONValue in [
            .array([]), .object(["derivations": .object([:])]),
            .object(["derivations": .object([:]), "version": .integer(5)]),
            .object(["derivations": .object([:]), "version": .integer(4), "x": .null]),
        ] {
            #expect(throws: DerivationError.self) { try paths(wrong) }
        }
    }
}
