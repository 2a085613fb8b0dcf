import Foundation
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct OpeningTests {
    @Test func theEmbeddedSchemaIsTheFile() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = try String(contentsOf: root.appending(path: "store-schema.sql"), encoding: .utf8)
        #expect(StoreSchema.current.text == file)
    }

    @Test func aDatabaseIsMadeOnceAndOpenedAgain() throws {
        let fixture = try DatabaseFixture()
        try fixture.database.register([DatabaseFixture.info("a")])
        let again = try fixture.reopened()
        #expect(try again.isValid(DatabaseFixture.path("a")))
        let readOnly = try fixture.reopened(.readOnly)
        #expect(try readOnly.allValidPaths() == [DatabaseFixture.path("a")])
        #expect {
            try readOnly.register([DatabaseFixture.info("b")])
        } throws: {
            if case StoreDatabaseError.readOnly = $0 { true } else { false }
        }
    }

    /// Two machines made of one image differ in nothing else: see `docs/bootstrap.md`, "Beside another machine".
    @Test func everyStoreHasAnIdentityOfItsOwn() throws {
        let (one, other) = (try DatabaseFixture(), try DatabaseFixture())
        let identity = try #require(try one.database.identity())
        #expect(identity.utf8.count == 32)
        #expect(try other.database.identity() != identity)
        #expect(try one.reopened().identity() == identity)
        #expect(try one.reopened(.readOnly).identity() == identity)
    }

    @Test func aStoreFromBeforeGetsItsIdentityWhenItIsWrittenTo() throws {
        let fixture = try DatabaseFixture()
        try sqlite(fixture.file, "DELETE FROM setting WHERE name = 'identity'")
        #expect(try fixture.reopened(.readOnly).identity() == nil)
        #expect(try fixture.reopened().identity() != nil)
    }

    @Test func aMissingFileIsSaid() throws {
        let directory = try TemporaryDirectory()
        for access in [StoreDatabase.Access.readOnly, .readWrite] {
            #expect {
                try StoreDatabase(
                    path: directory.file("none"), storeDirectory: .nodeos, access: access)
            } throws: {
                if case StoreDatabaseError.missing = $0 { true } else { false }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.file("none")))
    }

    @Test func anotherStoresDatabaseIsRefused() throws {
        let fixture = try DatabaseFixture()
        #expect {
            try StoreDatabase(
                path: fixture.file, storeDirectory: StoreDirectory("/nix/store"),
                access: .readWrite)
        } throws: {
            guard case StoreDatabaseError.otherStore(_, let recorded, let expected) = $0 else {
                return false
            }
            return recorded == "/nodeos/store" && expected == "/nix/store"
        }
    }

    @Test(arguments: ["PRAGMA user_version = 99", "PRAGMA user_version = 2"])
    func aNewerSchemaIsRefused(change: String) throws {
        let fixture = try DatabaseFixture()
        try sqlite(fixture.file, change)
        #expect {
            try fixture.reopened()
        } throws: {
            guard case StoreDatabaseError.newerSchema = $0 else { return false }
            return "\($0)".contains("newer nodeos-store")
        }
    }

    @Test func aForeignDatabaseIsRefused() throws {
        let directory = try TemporaryDirectory()
        try sqlite(directory.file("db.sqlite"), "CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY)")
        #expect {
            try StoreDatabase(
                path: directory.file("db.sqlite"), storeDirectory: .nodeos, access: .create)
        } throws: {
            if case StoreDatabaseError.foreign = $0 { true } else { false }
        }
    }

    @Test func damageIsSaidWithItsFile() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            String(repeating: "this is no database ", count: 400), to: "db.sqlite")
        #expect {
            try StoreDatabase(path: file, storeDirectory: .nodeos, access: .readWrite)
        } throws: {
            guard case StoreDatabaseError.corrupt = $0 else { return false }
            return "\($0)".contains(file)
        }
    }

    @Test func aTruncatedFileIsDamage() throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("db.sqlite")
        do {
            let database = try StoreDatabase(
                path: file, storeDirectory: .nodeos, access: .create)
            try database.register(
                (0..<500).map { try DatabaseFixture.info("item-\($0)") })
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: file))
        try handle.truncate(atOffset: 20_000)
        try handle.close()
        #expect {
            let database = try StoreDatabase(
                path: file, storeDirectory: .nodeos, access: .readWrite)
            _ = try database.allValidPaths()
        } throws: {
            if case StoreDatabaseError.corrupt = $0 { true } else { false }
        }
    }

    @Test func manyFirstUsersMakeOneDatabase() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("db.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let database = try StoreDatabase(
                        path: file, storeDirectory: .nodeos, access: .create)
                    try database.register([DatabaseFixture.info("item-\(number)")])
                }
            }
            try await group.waitForAll()
        }
        let database = try StoreDatabase(path: file, storeDirectory: .nodeos, access: .readOnly)
        #expect(try database.allValidPaths().count == 8)
    }

    /// Changes a database behind the program's back.
    private func sqlite(_ file: String, _ sql: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sqlite3")
        process.arguments = [file, sql]
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3") else {
            try Test.cancel("sqlite3 is not installed")
        }
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
