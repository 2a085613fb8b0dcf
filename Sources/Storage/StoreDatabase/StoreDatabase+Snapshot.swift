import GRDB
import StoreModel

extension StoreDatabase {
    /// What a collector has to know of all valid paths, at one moment.
    public func snapshot() throws(StoreDatabaseError) -> StoreSnapshot {
        try readTogether { db in
            var snapshot = StoreSnapshot()
            var indices: [Int64: Int] = [:]
            var derivers: [(Int, String)] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT id, base_name, nar_size, last_use_time, deriver FROM path
                    ORDER BY base_name
                    """)
            while let row = try rows.next() {
                let size: Int64 = row[2]
                let index = snapshot.insert(
                    try storePath(row[1]), narSize: UInt64(clamping: size), lastUseTime: row[3])
                indices[row[0]] = index
                if let deriver: String = row[4] { derivers.append((index, deriver)) }
            }
            for (index, deriver) in derivers {
                snapshot.derivers[index] = snapshot.index(of: try storePath(deriver))
            }
            let edges = try Row.fetchCursor(db, sql: "SELECT referrer, reference FROM reference")
            while let row = try edges.next() {
                guard let from = indices[row[0]], let target = indices[row[1]] else { continue }
                snapshot.references[from].append(target)
            }
            let outputs = try Row.fetchCursor(
                db,
                sql: """
                    SELECT derivation, path.id FROM derivation_output JOIN path
                    ON base_name = output
                    """)
            while let row = try outputs.next() {
                guard let from = indices[row[0]], let target = indices[row[1]] else { continue }
                snapshot.outputs[from].append(target)
            }
            return snapshot
        }
    }

    /// What SQLite finds wrong with the file, and rows that refer to rows that are not there; one
    /// sentence each, none when all is well. Reads the whole file.
    public func integrityProblems() throws(StoreDatabaseError) -> [String] {
        try readTogether { db in
            var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check")
                .filter { $0 != "ok" }
            let rows = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
            while let row = try rows.next() {
                let (table, parent): (String, String) = (row[0], row[2])
                problems.append("a row of '\(table)' refers to a row of '\(parent)' that is gone")
            }
            return problems
        }
    }
}
