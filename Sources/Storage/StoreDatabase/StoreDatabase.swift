import GRDB
package import StoreModel
import Synchronization
import SystemSupport

/// The rows of a store: which paths are valid, what refers to what, what was built and fetched.
/// The only code that knows SQL; the schema stands in `store-schema.sql`
/// (`docs/formats/database.md`).
///
/// Calls are synchronous and may come from any thread; a process uses one connection, and SQLite's
/// write-ahead log keeps processes from seeing each other's unfinished work. A writer waits up to
/// ``busyTimeout`` for another process's.
package final class StoreDatabase: Sendable {
    /// How a database is opened.
    package enum Access: Sendable, Hashable {
        /// Read and write; the file is made when it is missing.
        case create
        /// Read and write; the file must exist.
        case readWrite
        /// Only read; works on a read-only disk and without permission to write.
        case readOnly
    }

    /// How long a writer waits for another process's transaction, in seconds.
    package static let busyTimeout: Double = 600

    /// The file.
    package let path: String
    /// The store whose paths the rows mean.
    package let storeDirectory: StoreDirectory
    /// Whether this connection can change anything.
    package let isReadOnly: Bool

    let queue: DatabaseQueue
    let schema: StoreSchema
    /// How often this process removed rows of paths or references.
    let removals = Atomic(0)
    let logSync = SharedRun()

    /// Opens the database at `path`, migrating an older schema first. A current one costs two
    /// small reads.
    ///
    /// - Parameters:
    ///   - path: the file; its directory must exist.
    ///   - storeDirectory: written into a new database, compared with an existing one's.
    /// - Throws: ``StoreDatabaseError``.
    package convenience init(path: String, storeDirectory: StoreDirectory, access: Access)
        throws(StoreDatabaseError)
    {
        try self.init(
            path: path, storeDirectory: storeDirectory, access: access, schema: .current)
    }

    /// Opens the database as a program with another schema would.
    package init(
        path: String, storeDirectory: StoreDirectory, access: Access, schema: StoreSchema
    ) throws(StoreDatabaseError) {
        self.path = path
        self.storeDirectory = storeDirectory
        self.schema = schema
        isReadOnly = access == .readOnly
        queue = try Self.open(path, access: access)
        try prepareSchema(mayMigrate: access != .readOnly)
        // Whatever keeps it from being written, a full disk for one, must keep nobody from collecting garbage; the
        // next opening tries again, and until then a manifest says that the store has no identity.
        if access != .readOnly { try? identify() }
    }
}
