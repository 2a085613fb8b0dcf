import FoundationEssentials
import GRDB
import Glibc

extension StoreDatabase {
    /// Takes over the builds, origins and times of last use that the database at `other` has of the
    /// same paths, as far as it can be read.
    ///
    /// - Throws: ``StoreDatabaseError`` when it cannot; then nothing was taken over.
    package func adoptHistory(of other: String) throws(StoreDatabaseError) {
        guard existenceStatus(of: other) == 0 else { throw .missing(file: other) }
        do {
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "ATTACH ? AS old", arguments: [other])
                // The connection is closed soon, and with it the other database.
                defer { try? db.execute(sql: "DETACH old") }
                try db.inTransaction(.immediate) {
                    for table in ["build", "fetch_origin", "setting"] {
                        let columns = try db.columns(in: table).map(\.name)
                            .joined(separator: ", ")
                        try db.execute(
                            sql: """
                                INSERT OR IGNORE INTO main.\(table) (\(columns))
                                SELECT \(columns) FROM old.\(table)
                                """)
                    }
                    try db.execute(
                        sql: """
                            UPDATE main.path SET last_use_time =
                                max(path.last_use_time, before.last_use_time)
                            FROM old.path AS before WHERE before.base_name = path.base_name
                            """)
                    return .commit
                }
            }
        } catch { throw StoreDatabaseError(error, file: other) }
    }

    /// Puts this database in the place of the one at `destination`, and closes it; its own file is
    /// gone afterwards.
    ///
    /// What was there is kept as `destination.before-rebuild`. Processes that have it open see the
    /// new rows; only a file so damaged that nobody can open it is replaced by another.
    package func install(as destination: String) throws(StoreDatabaseError) {
        do {
            let files = FileManager.default
            for suffix in ["", "-wal"] {
                let copy = destination + ".before-rebuild" + suffix
                if files.fileExists(atPath: copy) { try files.removeItem(atPath: copy) }
                if files.fileExists(atPath: destination + suffix) {
                    try files.copyItem(atPath: destination + suffix, toPath: copy)
                }
            }
            do {
                let old = try DatabaseQueue(path: destination)
                try queue.backup(to: old)
                try old.close()
                try queue.close()
                try files.removeItem(atPath: path)
            } catch {
                try queue.close()
                // A log of another file would be played back into the new one.
                for suffix in ["-wal", "-shm"] where files.fileExists(atPath: destination + suffix)
                { try files.removeItem(atPath: destination + suffix) }
                guard unsafe rename(path, destination) == 0 else {
                    throw StoreDatabaseError.cannotOpen(
                        file: destination, reason: systemMessage(errno))
                }
            }
        } catch { throw StoreDatabaseError(error, file: destination) }
    }
}
