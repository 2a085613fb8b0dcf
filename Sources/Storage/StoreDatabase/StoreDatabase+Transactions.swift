import GRDB
import Glibc
import Primitives
import StoreModel
import Synchronization
import SystemSupport

extension StoreDatabase {
    /// Runs one statement, or several whose answers need not be of one moment.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreDatabaseError) -> Value {
        do { return try queue.unsafeRead(body) } catch {
            throw StoreDatabaseError(error, file: path)
        }
    }

    /// Runs several statements that see one moment of the database.
    func readTogether<Value>(_ body: (Database) throws -> Value)
        throws(StoreDatabaseError) -> Value
    {
        do { return try queue.read(body) } catch { throw StoreDatabaseError(error, file: path) }
    }

    /// Runs one transaction that takes the write lock before it reads, so that it never has to be
    /// given up half way.
    ///
    /// - Parameter isDurable: whether it is on the disk when this returns. Without, a power cut may undo
    ///   the last ones, but never tears them. Transactions of several threads share the wait for it.
    func write<Value>(isDurable: Bool = true, _ body: (Database) throws -> Value)
        throws(StoreDatabaseError) -> Value
    {
        guard !isReadOnly else { throw .readOnly(file: path) }
        do {
            let value = try queue.writeWithoutTransaction { db in
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try body(db)
                    return .commit
                }
                guard let value else {
                    throw StoreDatabaseError.failed(file: path, reason: "a commit gave no value")
                }
                return value
            }
            if isDurable { try logSync.run { try synchroniseLog() } }
            return value
        } catch { throw StoreDatabaseError(error, file: path) }
    }

    /// Waits until the write-ahead log is on disk: what is committed is in it, or was taken from it into the
    /// database, which SQLite syncs before it begins the log anew.
    private func synchroniseLog() throws {
        let log = path + "-wal"
        let descriptor = unsafe Glibc.open(log.systemPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // Whoever closed the database last has taken all of it over.
            if errno == ENOENT { return }
            throw HostError.system("open", log, errno)
        }
        defer { Glibc.close(descriptor) }
        guard fdatasync(descriptor) == 0 else {
            throw HostError.system("write to disk", log, errno)
        }
    }

    /// What a cache of rows was filled from: it is the same as long as nothing was changed by others, nor
    /// removed by this process.
    package struct Version: Equatable, Sendable {
        let others: Int
        let removals: Int
    }

    /// The version of now.
    package func version() throws(StoreDatabaseError) -> Version {
        let removals = removals.load(ordering: .relaxed)
        let others = try read { db in
            try Int.fetchOne(try db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
        }
        return Version(others: others, removals: removals)
    }

    /// A path from a column, which only damage makes unreadable.
    func storePath(_ text: String) throws(StoreDatabaseError) -> StorePath {
        do { return try StorePath(baseName: text) } catch {
            throw .corrupt(file: path, reason: "a row holds no store path: \(error)")
        }
    }
}
