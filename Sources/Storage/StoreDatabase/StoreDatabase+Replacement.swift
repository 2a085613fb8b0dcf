import GRDB
import Glibc
import Primitives
import SystemSupport

extension StoreDatabase {
    /// Takes over the builds, origins and times of last use that the database at `other` has of the
    /// same paths, as far as it can be read.
    ///
    /// - Throws: ``StoreDatabaseError`` when it cannot; then nothing was taken over.
    package func adoptHistory(of other: String) throws(StoreDatabaseError) {
        guard existenceStatus(of: other) == 0 else { throw .missing(file: other) }
        do {
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "ATTACH ? AS old", arguments: [Self.fileName(other)])
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
            for suffix in ["", "-wal"] {
                try Self.copy(
                    destination + suffix, to: destination + ".before-rebuild" + suffix)
            }
            do {
                let old = try DatabaseQueue(path: Self.fileName(destination))
                try queue.backup(to: old)
                try old.close()
                try queue.close()
                try Self.remove(path)
            } catch {
                try queue.close()
                // A log of another file would be played back into the new one.
                for suffix in ["-wal", "-shm"] { try Self.remove(destination + suffix) }
                guard unsafe rename(path.systemPath, destination.systemPath) == 0 else {
                    throw StoreDatabaseError.cannotOpen(
                        file: destination, reason: systemMessage(errno))
                }
            }
        } catch { throw StoreDatabaseError(error, file: destination) }
    }

    /// Removes a file that may be gone already.
    private static func remove(_ file: String) throws(StoreDatabaseError) {
        if unsafe Glibc.unlink(file.systemPath) != 0, errno != ENOENT {
            throw .cannotOpen(file: file, reason: systemMessage(errno))
        }
    }

    /// Copies a file in the place of an earlier copy; where there is no file, there is no copy either.
    private static func copy(_ file: String, to copy: String) throws(StoreDatabaseError) {
        try remove(copy)
        let source = unsafe Glibc.open(file.systemPath, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else {
            if errno == ENOENT { return }
            throw .cannotOpen(file: file, reason: systemMessage(errno))
        }
        defer { Glibc.close(source) }
        let target = unsafe Glibc.open(
            copy.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw .cannotOpen(file: copy, reason: systemMessage(errno)) }
        defer { Glibc.close(target) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = unsafe Glibc.read(source, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 else { throw .cannotOpen(file: file, reason: systemMessage(errno)) }
            var start = 0
            while start < count {
                let written = unsafe buffer[start..<count].withUnsafeBytes {
                    unsafe Glibc.write(target, $0.baseAddress, $0.count)
                }
                guard written > 0 else {
                    throw .cannotOpen(file: copy, reason: systemMessage(errno))
                }
                start += written
            }
        }
    }
}
