import Foundation
import Glibc
import LocalStore
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct VerificationTests {
    let fixture: CollectionFixture

    init() throws { fixture = try CollectionFixture() }

    private func findings(checksContents: Bool = true) async throws -> [VerificationFinding] {
        try await fixture.store.verify(checksContents: checksContents, workers: 3)
    }

    @Test func aWholeStoreHasNoFindings() async throws {
        for number in 0..<20 { _ = try fixture.add("text-\(number)") }
        _ = try fixture.addBuilt("built")
        #expect(try await findings().isEmpty)
    }

    @Test func signaturesAreRegisteredToo() throws {
        let path = try fixture.add("signed")
        try fixture.store.addSignatures([path: ["key:c2lnbmF0dXJl"]])
        try fixture.store.addSignatures([path: ["other:c2lnbmF0dXJl"]])
        let info = try #require(try fixture.store.database.info(path))
        #expect(info.signatures == ["key:c2lnbmF0dXJl", "other:c2lnbmF0dXJl"])
        #expect(try fixture.store.checkDatabase().isEmpty)
    }

    @Test func whatIsGoneIsFound() async throws {
        let path = try fixture.add("gone")
        _ = try fixture.add("there")
        try FileManager.default.removeItem(atPath: fixture.store.layout.realPath(of: path))
        let found = try await findings(checksContents: false)
        #expect(found.map(\.kind) == [.missing])
        #expect(found.map(\.name) == [path.baseName])
        #expect(try await fixture.store.verifyContents(of: [path], workers: 1) == found)
    }

    @Test(arguments: ["echo evil > \"$1\"", "chmod 755 \"$1\"", "rm \"$1\"; mkdir \"$1\""])
    func whatWasTamperedWithIsFound(script: String) async throws {
        // The first is refuted by its name, too; the second only by what was registered of it.
        let paths = [try fixture.add("path"), try fixture.addBuilt("built").1]
        _ = try fixture.add("other")
        for path in paths {
            try shell("chmod u+w \"$1\"; \(script)", [fixture.store.layout.realPath(of: path)])
        }
        #expect(try await findings(checksContents: false).isEmpty)
        let found = try await findings()
        let names = Set(paths.map(\.baseName))
        #expect(Set(found.filter { $0.kind == .altered }.map(\.name)) == names)
        #expect(found.allSatisfy { $0.kind == .altered || $0.kind == .metadata })
        #expect(Set(found.map(\.name)) == names)
    }

    @Test func derivationsAreComparedWithTheirRows() async throws {
        let derivation = try fixture.addBuilt("built").derivation
        try fixture.store.database.recordOutputs(
            of: derivation, ["out": try StoreFixture.path("forged")])
        let found = try await findings(checksContents: false)
        #expect(found.map(\.kind) == [.database])
        #expect(found.first?.reason.contains("output out = /nodeos/store/") == true)
        #expect(try fixture.store.repairRows(found).isEmpty)
        #expect(try await findings().isEmpty)
    }

    /// What a derivation is said to refer to decides what collections keep: inputs and sources.
    @Test func inputsOfDerivationsAreComparedWithTheirText() async throws {
        let (input, _) = try fixture.addBuilt("built")
        let source = try fixture.add("source")
        let other = try fixture.add("other")
        let store = fixture.store
        let path = try fixture.addDerivation("user", inputs: [input], sources: [source])
        var info = try #require(try store.database.info(path))
        #expect(info.references == [input, source])
        info.references = [source, other]
        try store.database.register([info])
        let found = try await findings(checksContents: false)
        #expect(found.map(\.kind) == [.database])
        #expect(found.map(\.name) == [path.baseName])
        let directory = store.storeDirectory
        #expect(
            found.first?.reason.hasSuffix(
                "only in the database: input \(directory.path(of: other)); "
                    + "only in the text: input \(directory.path(of: input))") == true)
        // The registration beside the database is right, and must not be made like the database.
        #expect(try store.checkDatabase(repairs: true).map(\.kind) == [.database])
        #expect(try store.checkDatabase().map(\.kind) == [.database])
        #expect(try store.repairRows(found).isEmpty)
        #expect(try store.database.references(of: path) == [input, source].sorted())
        #expect(try await findings().isEmpty)
        #expect(try store.checkDatabase().isEmpty)
    }

    /// A text that its name does not prove says nothing about the database.
    @Test func alteredDerivationsChangeNoRows() async throws {
        let (input, _) = try fixture.addBuilt("built")
        let path = try fixture.addDerivation("user", inputs: [input], sources: [])
        let file = fixture.store.layout.realPath(of: path)
        try shell("chmod u+w \"$1\"; sed -i 's/user/eser/g; s/eser.drv/user.drv/' \"$1\"", [file])
        #expect(try await findings(checksContents: false).map(\.kind) == [.altered])
        #expect(try await findings().map(\.kind) == [.altered, .metadata])
        let claim = VerificationFinding(.database, path.baseName, "")
        #expect(try fixture.store.repairRows([claim]).count == 1)
        #expect(try fixture.store.database.references(of: path) == [input])
    }

    @Test func leftoversAreNoDamage() async throws {
        let leftover = try StoreFixture.path("leftover")
        let made = try StoreFixture.path("made")
        for path in [leftover, made] {
            try shell("echo x > \"$1\"", [fixture.store.layout.realPath(of: path)])
        }
        let user = try fixture.base.reopened()
        try user.addTemporaryRoots([made])
        let found = try await findings()
        withExtendedLifetime(user) {}
        #expect(found.map(\.name) == [leftover.baseName])
        #expect(found.allSatisfy { !$0.isDamage })
    }
}
