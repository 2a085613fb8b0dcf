import Foundation
import StoreDatabase
import StoreModel
import TestSupport
import Testing

/// Files of older programs. The newer schemas are made up: what counts is how a file gets there.
@Suite struct MigrationTests {
    private let fixture: DatabaseFixture

    init() throws {
        fixture = try DatabaseFixture()
        try fixture.database.register([DatabaseFixture.info("a"), DatabaseFixture.info("b", ["a"])])
    }

    private func opened(_ migrations: [String], _ access: StoreDatabase.Access = .readWrite) throws
        -> StoreDatabase
    {
        var schema = StoreSchema.current
        schema.migrations += migrations
        return try StoreDatabase(
            path: fixture.file, storeDirectory: .nodeos, access: access, schema: schema)
    }

    private var copy: String { fixture.file + ".schema-\(StoreSchema.current.version)" }

    @Test func anOlderFileIsMigratedAndACopyKept() throws {
        let newer = try opened([
            "CREATE TABLE one (x INTEGER)", "CREATE TABLE two (y INTEGER); DROP TABLE one",
        ])
        #expect(try newer.allValidPaths().count == 2)
        #expect(try newer.references(of: DatabaseFixture.path("b")).count == 1)
        // The program that wrote it reads the copy, and refuses the file.
        let old = try StoreDatabase(path: copy, storeDirectory: .nodeos, access: .readWrite)
        #expect(try old.allValidPaths().count == 2)
        #expect {
            try fixture.reopened()
        } throws: {
            guard case StoreDatabaseError.newerSchema = $0 else { return false }
            return true
        }
    }

    @Test func aMigrationThatFailsChangesNothing() throws {
        #expect(throws: StoreDatabaseError.self) {
            try opened(["CREATE TABLE one (x INTEGER)", "CREATE TABLE one (x INTEGER)"])
        }
        #expect(try fixture.reopened().allValidPaths().count == 2)
        _ = try opened(["CREATE TABLE one (x INTEGER)"])
    }

    @Test func rowsThatTheMigrationWouldLeaveDanglingAreNoticed() throws {
        #expect(throws: StoreDatabaseError.self) { try opened(["DELETE FROM path"]) }
        #expect(try fixture.reopened().allValidPaths().count == 2)
    }

    @Test func whoOnlyReadsMigratesNothing() throws {
        #expect {
            try opened(["CREATE TABLE one (x INTEGER)"], .readOnly)
        } throws: {
            guard case StoreDatabaseError.cannotOpen(_, let reason) = $0 else { return false }
            return reason.contains("older")
        }
        #expect(!FileManager.default.fileExists(atPath: copy))
    }

    @Test func manyMigrateAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try self.opened(["CREATE TABLE one (x INTEGER)"]) }
            }
            try await group.waitForAll()
        }
        #expect(try opened(["CREATE TABLE one (x INTEGER)"]).allValidPaths().count == 2)
    }
}
