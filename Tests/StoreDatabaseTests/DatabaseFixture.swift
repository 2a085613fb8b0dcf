import Primitives
import StoreDatabase
import StoreModel
import TestSupport

/// A database in a temporary directory, and paths to fill it with.
struct DatabaseFixture {
    let directory: TemporaryDirectory
    let database: StoreDatabase

    var file: String { directory.file("db.sqlite") }

    init() throws {
        directory = try TemporaryDirectory()
        database = try StoreDatabase(
            path: directory.file("db.sqlite"), storeDirectory: .nodeos, access: .create)
    }

    /// The same file, by another connection.
    func reopened(_ access: StoreDatabase.Access = .readWrite) throws -> StoreDatabase {
        try StoreDatabase(path: file, storeDirectory: .nodeos, access: access)
    }

    /// A path whose hash part follows from `name`.
    static func path(_ name: String) throws -> StorePath {
        try StorePath(hash: Digest.hash(name).folded(to: 20), name: name)
    }

    /// A registration of `name` that refers to `references`.
    static func info(_ name: String, _ references: [String] = [], size: UInt64 = 120) throws
        -> PathInfo
    {
        PathInfo(
            path: try path(name), narHash: Digest.hash("nar of " + name), narSize: size,
            references: Set(try references.map(path)), registrationTime: 1_000_000)
    }
}
