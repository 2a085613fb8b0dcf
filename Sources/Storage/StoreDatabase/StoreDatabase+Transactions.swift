import GRDB
import StoreModel

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
    /// - Parameter isDurable: whether the commit waits for the disk. Without, a power cut may undo
    ///   the last ones, but never tears them.
    func write<Value>(isDurable: Bool = true, _ body: (Database) throws -> Value)
        throws(StoreDatabaseError) -> Value
    {
        guard !isReadOnly else { throw .readOnly(file: path) }
        do {
            return try queue.writeWithoutTransaction { db in
                if !isDurable { try db.execute(sql: "PRAGMA synchronous = NORMAL") }
                defer {
                    // SQLite refuses this only inside of a transaction, where there is none now.
                    if !isDurable { try? db.execute(sql: "PRAGMA synchronous = FULL") }
                }
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
        } catch { throw StoreDatabaseError(error, file: path) }
    }

    /// A path from a column, which only damage makes unreadable.
    func storePath(_ text: String) throws(StoreDatabaseError) -> StorePath {
        do { return try StorePath(baseName: text) } catch {
            throw .corrupt(file: path, reason: "a row holds no store path: \(error)")
        }
    }
}
