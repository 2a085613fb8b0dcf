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
    }

    /// ATTACKS (33).
    @Test(arguments: ["echo evil > \"$1\"", "chmod 755 \"$1\"", "rm \"$1\"; mkdir \"$1\""])
    func whatWasTamperedWithIsFound(script: String) async throws {
        let path = try fixture.add("path")
        _ = try fixture.add("other")
        try shell("chmod u+w \"$1\"; \(script)", [fixture.store.layout.realPath(of: path)])
        #expect(try await findings(checksContents: false).isEmpty)
        let found = try await findings()
        #expect(found.map(\.kind) == [.altered])
        #expect(found.map(\.name) == [path.baseName])
    }

    @Test func derivationsAreComparedWithTheirRows() async throws {
        let derivation = try fixture.addBuilt("built").derivation
        try fixture.store.database.recordOutputs(
            of: derivation, ["out": try StoreFixture.path("forged")])
        #expect(try await findings(checksContents: false).map(\.kind) == [.database])
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
