import GRDB
import Glibc
import Primitives
import StoreModel
import SystemSupport

extension StoreDatabase {
    /// 'NdOS', as `store-schema.sql` sets it.
    static let applicationIdentifier = 0x4e64_4f53

    static func open(_ path: String, access: Access) throws(StoreDatabaseError) -> DatabaseQueue {
        let status = access == .create ? 0 : existenceStatus(of: path)
        guard status == 0 else {
            throw status == ENOENT
                ? .missing(file: path) : .cannotOpen(file: path, reason: systemMessage(status))
        }
        if access == .create { makeFile(path) }
        var configuration = Configuration()
        configuration.readonly = access == .readOnly
        configuration.busyMode = .timeout(busyTimeout)
        configuration.label = "store-database"
        configuration.prepareDatabase { db in
            // A commit is whole after a power cut, or was not made. Those that must survive one wait for the
            // log themselves (`write`), together where there are several.
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY")
        }
        do {
            return try DatabaseQueue(path: fileName(path), configuration: configuration)
        } catch {
            // Without permission to write beside the file, SQLite cannot open a write-ahead log
            // that nobody else has open; with no log there, the file alone is the whole truth.
            // Which error it is depends on whether the disk or the directory is read-only.
            let codes = [ResultCode.SQLITE_CANTOPEN, .SQLITE_READONLY]
            if access == .readOnly, let code = (error as? DatabaseError)?.resultCode,
                codes.contains(code), existenceStatus(of: path + "-wal") == ENOENT,
                // The first error says more.
                let queue = try? DatabaseQueue(
                    path: uri(path) + "?immutable=1", configuration: configuration)
            {
                return queue
            }
            throw StoreDatabaseError(error, file: path)
        }
    }

    /// Makes the file before SQLite does, which would give it the caller's umask: other users ask the
    /// store, too. SQLite says what goes wrong.
    private static func makeFile(_ path: String) {
        let mode: mode_t = 0o644
        let descriptor = unsafe Glibc.open(
            path.systemPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { return }
        _ = fchmod(descriptor, mode)
        close(descriptor)
    }

    /// What SQLite is given to open `path`, which it takes as UTF-8 unless it is a URI.
    static func fileName(_ path: String) -> String {
        path.unicodeScalars.contains { $0.systemByte != nil } ? uri(path) : path
    }

    private static func uri(_ path: String) -> String {
        var text = "file:"
        for byte in path.systemBytes {
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
        return text
    }

    func prepareSchema(mayMigrate: Bool) throws(StoreDatabaseError) {
        var version = try checkedVersion()
        if version < schema.version {
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
    func checkedVersion() throws(StoreDatabaseError) -> Int {
        let (version, application, isEmpty) = try read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0,
                try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                try Int.fetchOne(db, sql: "SELECT 1 FROM sqlite_master LIMIT 1") == nil
            )
        }
        if application != Self.applicationIdentifier, !isEmpty { throw .foreign(file: path) }
        if version > schema.version {
            throw .newerSchema(file: path, version: version, supported: schema.version)
        }
        return version
    }
}
