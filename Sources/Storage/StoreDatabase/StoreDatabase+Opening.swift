import GRDB
import Glibc
import StoreModel

extension StoreDatabase {
    /// The version of the schema in `store-schema.sql`, kept in SQLite's `user_version`.
    static let schemaVersion = 1
    /// 'NdOS', as `store-schema.sql` sets it.
    static let applicationIdentifier = 0x4e64_4f53

    /// `store-schema.sql`, as embedded.
    package static var schema: String {
        String(decoding: PackageResources.store_schema_sql, as: UTF8.self)
    }

    /// The steps from an empty file to the current schema.
    private func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { [storeDirectory] db in
            try db.execute(sql: Self.schema)
            try db.execute(
                sql: "INSERT INTO setting (name, value) VALUES ('store-directory', ?)",
                arguments: [storeDirectory.path])
            try db.execute(sql: "PRAGMA user_version = \(Self.schemaVersion)")
        }
        return migrator
    }

    static func open(_ path: String, access: Access) throws(StoreDatabaseError) -> DatabaseQueue {
        let status = access == .create ? 0 : existenceStatus(of: path)
        guard status == 0 else {
            throw status == ENOENT
                ? .missing(file: path) : .cannotOpen(file: path, reason: systemMessage(status))
        }
        var configuration = Configuration()
        configuration.readonly = access == .readOnly
        configuration.busyMode = .timeout(busyTimeout)
        configuration.label = "store-database"
        configuration.prepareDatabase { db in
            // A commit that makes paths valid must survive a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY")
        }
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            // Without permission to write beside the file, SQLite cannot open a write-ahead log
            // that nobody else has open; with no log there, the file alone is the whole truth.
            if access == .readOnly, case .SQLITE_CANTOPEN? = (error as? DatabaseError)?.resultCode,
                existenceStatus(of: path + "-wal") == ENOENT,
                let queue = try? DatabaseQueue(
                    path: immutableURI(path), configuration: configuration)
            {
                return queue
            }
            throw StoreDatabaseError(error, file: path)
        }
    }

    private static func immutableURI(_ path: String) -> String {
        var text = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                text.append(Character(UnicodeScalar(byte)))
            default:
                text += byte < 16 ? "%0" : "%"
                text += String(byte, radix: 16)
            }
        }
        return text + "?immutable=1"
    }

    func prepareSchema(mayMigrate: Bool) throws(StoreDatabaseError) {
        var version = try checkedVersion()
        if version < Self.schemaVersion {
            guard mayMigrate else {
                throw .cannotOpen(
                    file: path,
                    reason: "its schema is older than this program and it cannot be written to")
            }
            try migrate()
            version = try checkedVersion()
        }
        let recorded = try read { db in
            try String.fetchOne(
                db, sql: "SELECT value FROM setting WHERE name = 'store-directory'")
        }
        guard recorded == storeDirectory.path else {
            throw .otherStore(
                file: path, recorded: recorded ?? "(nothing)", expected: storeDirectory.path)
        }
    }

    /// The schema's version, 0 for an empty file.
    private func checkedVersion() throws(StoreDatabaseError) -> Int {
        let (version, application, isEmpty) = try read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                try Int.fetchOne(db, sql: "SELECT 1 FROM sqlite_master LIMIT 1") == nil
            )
        }
        if application != Self.applicationIdentifier, !isEmpty { throw .foreign(file: path) }
        if version > Self.schemaVersion {
            throw .newerSchema(file: path, version: version, supported: Self.schemaVersion)
        }
        return version
    }

    /// Brings the schema up to date, one process at a time.
    private func migrate() throws(StoreDatabaseError) {
        let lock = try SchemaLock(database: path)
        do {
            try queue.writeWithoutTransaction { db in
                _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            }
            try migrator().migrate(queue)
            lock.release()
        } catch { throw StoreDatabaseError(error, file: path) }
    }
}
