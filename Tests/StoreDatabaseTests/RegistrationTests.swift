import Primitives
import StoreDatabase
import StoreModel
import Testing

@Suite struct RegistrationTests {
    typealias Fixture = DatabaseFixture

    @Test func everythingComesBack() throws {
        let fixture = try Fixture()
        var info = try Fixture.info("hello", ["libc", "hello"], size: 12345)
        info.deriver = try Fixture.path("hello.drv")
        info.signatures = ["b-key:QUJD", "a-key:REVG"]
        info.contentAddress = "fixed:r:sha256:abc"
        info.isUltimate = true
        try fixture.database.register([info, Fixture.info("libc")])
        info.signatures.sort()
        #expect(try fixture.database.info(info.path) == info)
        #expect(try fixture.database.infos([info.path]) == [info])
        #expect(try fixture.database.info(Fixture.path("other")) == nil)
        #expect(
            try fixture.database.references(of: info.path)
                == [Fixture.path("hello"), Fixture.path("libc")].sorted())
        #expect(try fixture.database.referrers(of: Fixture.path("libc")) == [info.path])
        #expect(try fixture.database.path(hashPart: info.path.hashPart) == info.path)
        #expect(try fixture.database.path(hashPart: String(repeating: "0", count: 32)) == nil)
        #expect(try fixture.database.path(hashPart: "%") == nil)
        #expect(
            try fixture.database.validPaths(among: [info.path, Fixture.path("other")])
                == [info.path])
    }

    @Test func aReferenceMustBeValidOrInTheBatch() throws {
        let fixture = try Fixture()
        let app = try Fixture.path("app")
        #expect {
            try fixture.database.register([Fixture.info("lib"), Fixture.info("app", ["none"])])
        } throws: {
            guard case StoreDatabaseError.invalidReference(let path, let reference) = $0 else {
                return false
            }
            return try path == app && reference == Fixture.path("none")
        }
        #expect(try fixture.database.allValidPaths().isEmpty, "all or nothing")
    }

    @Test func aCircleIsRefusedAndSelfReferenceIsNot() throws {
        let fixture = try Fixture()
        #expect {
            try fixture.database.register([
                Fixture.info("a", ["b"]), Fixture.info("b", ["c"]), Fixture.info("c", ["a"]),
            ])
        } throws: {
            if case StoreDatabaseError.cycle(let paths) = $0 { paths.count == 4 } else { false }
        }
        #expect(try fixture.database.allValidPaths().isEmpty)
        try fixture.database.register([Fixture.info("a", ["a"])])
        try fixture.database.register([Fixture.info("b", ["a"]), Fixture.info("c", ["b"])])
        // A circle that an old path's new references would close.
        #expect {
            try fixture.database.register([Fixture.info("a", ["c"])])
        } throws: {
            if case StoreDatabaseError.cycle = $0 { true } else { false }
        }
        #expect(try fixture.database.references(of: Fixture.path("a")) == [Fixture.path("a")])
    }

    @Test func registeringAgainAddsAndKeeps() throws {
        let fixture = try Fixture()
        var info = try Fixture.info("a")
        // A carriage return and a line end are one Swift character.
        info.signatures = ["one:QQ==", "\u{301}mark:QQ==", "a:QQ==\r"]
        try fixture.database.register([info])
        info.signatures = ["two:QQ==", "one:QQ=="]
        info.registrationTime += 5
        info.narSize = 7
        try fixture.database.register([info])
        try fixture.database.addSignatures(["three:QQ=="], to: info.path)
        let known = try #require(try fixture.database.info(info.path))
        #expect(
            known.signatures.map { Array($0.utf8) }
                == ["a:QQ==\r", "one:QQ==", "three:QQ==", "two:QQ==", "\u{301}mark:QQ=="].map {
                    Array($0.utf8)
                })
        #expect(known.registrationTime == 1_000_000)
        #expect(known.narSize == 7)
    }

    @Test func pathsLeaveTogetherInAnyOrder() throws {
        let fixture = try Fixture()
        try fixture.database.register([
            Fixture.info("a", ["b", "a"]), Fixture.info("b", ["c"]), Fixture.info("c"),
        ])
        #expect {
            try fixture.database.invalidate([Fixture.path("c"), Fixture.path("b")])
        } throws: {
            guard case StoreDatabaseError.stillReferenced(let path, let referrer) = $0 else {
                return false
            }
            return try path == Fixture.path("b") && referrer == Fixture.path("a")
        }
        #expect(try fixture.database.allValidPaths().count == 3)
        try fixture.database.invalidate([
            Fixture.path("c"), Fixture.path("b"), Fixture.path("a"), Fixture.path("never"),
        ])
        #expect(try fixture.database.allValidPaths().isEmpty)
    }

    @Test func outputsOfDerivations() throws {
        let fixture = try Fixture()
        let derivation = try Fixture.path("hello.drv")
        let outputs = ["out": try Fixture.path("hello"), "doc": try Fixture.path("hello-doc")]
        #expect(throws: StoreDatabaseError.self) {
            try fixture.database.recordOutputs(of: derivation, outputs)
        }
        try fixture.database.register(
            [Fixture.info("hello.drv")], outputs: [derivation: outputs])
        #expect(try fixture.database.outputs(of: derivation) == outputs)
        #expect(
            try fixture.database.validDerivers(of: Fixture.path("hello-doc")) == [derivation])
        #expect(try fixture.database.validDerivers(of: derivation).isEmpty)
        try fixture.database.invalidate([derivation])
        #expect(try fixture.database.validDerivers(of: Fixture.path("hello")).isEmpty)
    }

    @Test func severalConnectionsWriteAtOnce() async throws {
        let fixture = try Fixture()
        try fixture.database.register([Fixture.info("base")])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                let connection = try fixture.reopened()
                group.addTask {
                    for number in 0..<25 {
                        try connection.register([
                            Fixture.info("w\(writer)-\(number)", ["base"]),
                            Fixture.info("shared-\(number)", ["base"]),
                        ])
                        #expect(try connection.isValid(Fixture.path("shared-\(number)")))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.database.allValidPaths().count == 1 + 4 * 25 + 25)
        #expect(try fixture.database.referrers(of: Fixture.path("base")).count == 125)
    }
}
