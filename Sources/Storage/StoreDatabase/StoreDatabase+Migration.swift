import GRDB
import Glibc
import Primitives
import StoreModel
import SystemSupport

extension StoreDatabase {
    /// Brings the file to the program's schema in one transaction, one process at a time. Of a file
    /// that holds something, a copy as it was is kept beside it: `db.sqlite.schema-1` for version 1.
    func migrate() throws(StoreDatabaseError) {
        let lock = try SchemaLock(database: path)
        // Another process may have done it while this one waited.
        let version = try checkedVersion()
        do {
            if version == 0 {
                // Only possible outside of a transaction.
                try queue.writeWithoutTransaction { db in
                    _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                }
            } else if version < schema.version {
                try keepCopy(as: path + ".schema-\(version)")
            }
            if version < schema.version { try change(from: version) }
        } catch { throw StoreDatabaseError(error, file: path) }
        lock.release()
    }

    private func change(from version: Int) throws {
        try queue.writeWithoutTransaction { db in
            // A table may be made anew under its old name, with rows of others referring to it.
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            // The connection is refused below when the migration failed; a new one has it on.
            defer { try? db.execute(sql: "PRAGMA foreign_keys = ON") }
            try db.inTransaction(.immediate) {
                if version == 0 {
                    try db.execute(sql: schema.text)
                    try db.execute(
                        sql: "INSERT INTO setting (name, value) VALUES ('store-directory', ?)",
                        arguments: [storeDirectory.path])
                } else {
                    for sql in schema.migrations[(version - 1)...] { try db.execute(sql: sql) }
                    try db.checkForeignKeys()
                }
                try db.execute(sql: "PRAGMA user_version = \(schema.version)")
                return .commit
            }
        }
    }

    /// Writes the whole database, log included, to the file `copy`, replacing an earlier one.
    func keepCopy(as copy: String) throws {
        let partial = copy + ".partial"
        _ = unsafe unlink(partial.systemPath)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "VACUUM INTO ?", arguments: [Self.fileName(partial)])
        }
        guard unsafe rename(partial.systemPath, copy.systemPath) == 0 else {
            throw StoreDatabaseError.cannotOpen(file: copy, reason: systemMessage(errno))
        }
    }
}
