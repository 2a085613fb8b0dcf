import GRDB
package import StoreModel

extension StoreDatabase {
    /// What a collector has to know of all valid paths, at one moment.
    package func snapshot() throws(StoreDatabaseError) -> StoreSnapshot {
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

    /// What is recorded of every valid derivation, at one moment; three statements for all.
    package func derivationRows() throws(StoreDatabaseError) -> [StorePath: DerivationRows] {
        try readTogether { db in
            var paths: [Int64: StorePath] = [:]
            var derivations: [Int64: DerivationRows] = [:]
            let nodes = try Row.fetchCursor(db, sql: "SELECT id, base_name FROM path")
            while let row = try nodes.next() {
                let path = try storePath(row[1])
                paths[row[0]] = path
                if path.isDerivation { derivations[row[0]] = DerivationRows() }
            }
            let edges = try Row.fetchCursor(
                db,
                sql: """
                    SELECT referrer, reference FROM reference
                    WHERE referrer IN (SELECT id FROM path WHERE base_name GLOB '*.drv')
                    """)
            while let row = try edges.next() {
                if let target = paths[row[1]] { derivations[row[0]]?.references.insert(target) }
            }
            let outputs = try Row.fetchCursor(
                db, sql: "SELECT derivation, name, output FROM derivation_output")
            while let row = try outputs.next() {
                let name: String = row[1]
                derivations[row[0]]?.outputs[name] = try storePath(row[2])
            }
            return Dictionary(
                uniqueKeysWithValues: derivations.compactMap { identifier, rows in
                    paths[identifier].map { ($0, rows) }
                })
        }
    }

    /// What is recorded of the derivation `path` now; `nil` when it is not valid.
    package func derivationRows(of path: StorePath) throws(StoreDatabaseError) -> DerivationRows? {
        do {
            return DerivationRows(
                references: Set(try references(of: path)), outputs: try outputs(of: path))
        } catch .notValid { return nil }
    }

    /// What SQLite finds wrong with the file, and rows that refer to rows that are not there; one
    /// sentence each, none when all is well. Reads the whole file.
    package func integrityProblems() throws(StoreDatabaseError) -> [String] {
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
