import FoundationEssentials
import GRDB
import Primitives
package import StoreModel
import Synchronization

extension StoreDatabase {
    /// Makes paths valid, all of them or none, in one durable transaction. Their bytes must be
    /// canonical and on disk.
    ///
    /// A path that is valid already keeps its registration time; its hash, size, references and
    /// content address become the given ones, signatures are added; those of another hash go.
    ///
    /// - Parameters:
    ///   - infos: the paths in any order; each reference must be valid or among them.
    ///   - outputs: for those that are derivations, their outputs by name.
    /// - Throws: ``StoreDatabaseError/invalidReference(_:reference:)``,
    ///   ``StoreDatabaseError/cycle(_:)``, or why the rows could not be written.
    package func register(
        _ infos: [PathInfo], outputs: [StorePath: [String: StorePath]] = [:]
    ) throws(StoreDatabaseError) {
        guard !infos.isEmpty || !outputs.isEmpty else { return }
        try write { db in
            var identifiers: [StorePath: Int64] = [:]
            var updated: [PathInfo] = []
            for info in infos {
                let (identifier, isNew) = try upsert(info, db)
                identifiers[info.path] = identifier
                if !isNew { updated.append(info) }
            }
            try insertReferences(of: infos, &identifiers, db)
            try checkCycles(infos, updated: updated, db)
            for (derivation, outputs) in outputs {
                try insert(outputs: outputs, of: derivation, identifiers[derivation], db)
            }
        }
    }

    /// Records the outputs of a valid derivation, replacing what was recorded.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    package func recordOutputs(of derivation: StorePath, _ outputs: [String: StorePath])
        throws(StoreDatabaseError)
    {
        try register([], outputs: [derivation: outputs])
    }

    /// Forgets `paths`, all of them or none, durably; afterwards their bytes may be deleted.
    /// Those not valid are passed over.
    ///
    /// - Throws: ``StoreDatabaseError/stillReferenced(_:by:)`` when a path that stays refers to
    ///   one of them.
    package func invalidate(_ paths: some Sequence<StorePath>) throws(StoreDatabaseError) {
        try write { db in
            var leaving: [Int64: StorePath] = [:]
            for path in paths {
                if let identifier = try identifier(of: path, db) { leaving[identifier] = path }
            }
            let referrers = try db.cachedStatement(
                sql: "SELECT referrer FROM reference WHERE reference = ?")
            let delete = try db.cachedStatement(sql: "DELETE FROM path WHERE id = ?")
            // In the order of the rows: neighbours lie on the same pages.
            let order = leaving.sorted { $0.key < $1.key }
            for (identifier, path) in order {
                for referrer in try Int64.fetchAll(referrers, arguments: [identifier])
                where leaving[referrer] == nil {
                    let name = try String.fetchOne(
                        db, sql: "SELECT base_name FROM path WHERE id = ?", arguments: [referrer])
                    throw StoreDatabaseError.stillReferenced(
                        path, by: try storePath(name ?? ""))
                }
            }
            removals.add(1, ordering: .relaxed)
            for (identifier, _) in order { try delete.execute(arguments: [identifier]) }
        }
    }

    /// Adds signatures to a valid path.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    package func addSignatures(_ signatures: [String], to path: StorePath)
        throws(StoreDatabaseError)
    {
        try write { db in
            let identifier = try validIdentifier(of: path, db)
            let known = try String.fetchOne(
                db, sql: "SELECT signatures FROM path WHERE id = ?", arguments: [identifier])
            try db.execute(
                sql: "UPDATE path SET signatures = ? WHERE id = ?",
                arguments: [Self.merged(known ?? "", signatures), identifier])
        }
    }

    // MARK: Rows

    private func upsert(_ info: PathInfo, _ db: Database) throws -> (id: Int64, isNew: Bool) {
        let find = try db.cachedStatement(
            sql: "SELECT id, signatures, nar_hash FROM path WHERE base_name = ?")
        let hash = Data(info.narHash.bytes)
        let size = Int64(clamping: info.narSize)
        if let row = try Row.fetchOne(find, arguments: [info.path.baseName]) {
            let identifier: Int64 = row[0]
            let known: Data = row[2]
            let signatures = Self.merged(known == hash ? row[1] : "", info.signatures)
            try db.cachedStatement(
                sql: """
                    UPDATE path SET nar_hash = ?, nar_size = ?, deriver = coalesce(?, deriver),
                        content_address = coalesce(?, content_address), signatures = ?,
                        is_ultimate = max(is_ultimate, ?)
                    WHERE id = ?
                    """
            ).execute(arguments: [
                hash, size, info.deriver?.baseName, info.contentAddress, signatures,
                info.isUltimate, identifier,
            ])
            removals.add(1, ordering: .relaxed)
            try db.cachedStatement(sql: "DELETE FROM reference WHERE referrer = ?")
                .execute(arguments: [identifier])
            return (identifier, false)
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO path (base_name, nar_hash, nar_size, deriver, content_address,
                    signatures, is_ultimate, registration_time, last_use_time)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8)
                """
        ).execute(arguments: [
            info.path.baseName, hash, size, info.deriver?.baseName, info.contentAddress,
            Self.merged("", info.signatures), info.isUltimate, info.registrationTime,
        ])
        return (db.lastInsertedRowID, true)
    }

    private static func merged(_ known: String, _ added: [String]) -> String {
        var all = Set(known.unicodeScalars.split(separator: "\n").map(String.init))
        all.formUnion(added)
        return all.sorted().joined(separator: "\n")
    }

    private func insertReferences(
        of infos: [PathInfo], _ identifiers: inout [StorePath: Int64], _ db: Database
    ) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO reference (referrer, reference) VALUES (?, ?)")
        for info in infos {
            for reference in info.references {
                if identifiers[reference] == nil {
                    identifiers[reference] = try identifier(of: reference, db)
                }
                guard let target = identifiers[reference] else {
                    throw StoreDatabaseError.invalidReference(info.path, reference: reference)
                }
                try insert.execute(arguments: [identifiers[info.path], target])
            }
        }
    }

    /// What was valid before referred to valid paths only, so a new circle lies within the new
    /// paths, unless an old path was given new references.
    private func checkCycles(_ infos: [PathInfo], updated: [PathInfo], _ db: Database) throws {
        var graph = DirectedGraph<StorePath>()
        for info in infos { graph.insert(info.path) }
        for info in infos {
            for reference in info.references where graph.contains(reference) {
                graph.insert(edge: info.path, to: reference)
            }
        }
        do { _ = try graph.topologicalOrder() } catch {
            throw StoreDatabaseError.cycle(error.nodes)
        }
        for info in updated where info.references.contains(where: { $0 != info.path }) {
            let circle = try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        WITH RECURSIVE start (id) AS (SELECT id FROM path WHERE base_name = ?),
                            below (id) AS (
                                SELECT reference FROM reference, start
                                WHERE referrer = start.id AND reference <> start.id
                                UNION
                                SELECT reference FROM reference JOIN below ON referrer = below.id)
                        SELECT EXISTS (SELECT 1 FROM below, start WHERE below.id = start.id)
                        """), arguments: [info.path.baseName])
            if circle == true { throw StoreDatabaseError.cycle([info.path, info.path]) }
        }
    }

    private func insert(
        outputs: [String: StorePath], of derivation: StorePath, _ identifier: Int64?,
        _ db: Database
    ) throws {
        let identifier = try identifier ?? validIdentifier(of: derivation, db)
        try db.cachedStatement(sql: "DELETE FROM derivation_output WHERE derivation = ?")
            .execute(arguments: [identifier])
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO derivation_output (derivation, name, output)
                VALUES (?, ?, ?)
                """)
        for (name, path) in outputs {
            try insert.execute(arguments: [identifier, name, path.baseName])
        }
    }
}
