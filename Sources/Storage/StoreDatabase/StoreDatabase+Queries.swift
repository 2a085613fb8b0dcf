import FoundationEssentials
import GRDB
import Primitives
package import StoreModel

extension StoreDatabase {
    /// Whether `path` is valid.
    package func isValid(_ path: StorePath) throws(StoreDatabaseError) -> Bool {
        try read { db in try identifier(of: path, db) != nil }
    }

    /// Those of `paths` that are valid.
    package func validPaths(among paths: some Sequence<StorePath>)
        throws(StoreDatabaseError) -> Set<StorePath>
    {
        try readTogether { db in
            var valid: Set<StorePath> = []
            for path in paths where try identifier(of: path, db) != nil { valid.insert(path) }
            return valid
        }
    }

    /// All valid paths, sorted.
    package func allValidPaths() throws(StoreDatabaseError) -> [StorePath] {
        try read { db in
            try paths(db, "SELECT base_name FROM path ORDER BY base_name", [])
        }
    }

    /// How many paths are valid.
    package func validPathCount() throws(StoreDatabaseError) -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM path") ?? 0 }
    }

    /// What is known of `path`, or `nil` when it is not valid.
    package func info(_ path: StorePath) throws(StoreDatabaseError) -> PathInfo? {
        try readTogether { db in try info(path, db) }
    }

    /// What is known of each of `paths`, in their order, all at one moment.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)`` for the first that is not valid.
    package func infos(_ paths: some Sequence<StorePath>) throws(StoreDatabaseError) -> [PathInfo] {
        try readTogether { db in
            try paths.map { path in
                guard let info = try info(path, db) else {
                    throw StoreDatabaseError.notValid(path)
                }
                return info
            }
        }
    }

    /// The size in bytes, as a NAR, of each of `paths` that is valid; one statement for all.
    package func narSizes(among paths: [StorePath])
        throws(StoreDatabaseError) -> [StorePath: UInt64]
    {
        let names = Self.baseNames(paths)
        return try read { db in
            var sizes: [StorePath: UInt64] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT base_name, nar_size FROM json_each(?) JOIN path ON base_name = value
                    """, arguments: [names])
            while let row = try rows.next() {
                sizes[try storePath(row[0])] = UInt64(clamping: row[1] as Int64)
            }
            return sizes
        }
    }

    /// The deriver of each of `paths`, where both are valid; one statement for all.
    package func validDerivers(among paths: [StorePath])
        throws(StoreDatabaseError) -> [StorePath: StorePath]
    {
        let names = Self.baseNames(paths)
        return try read { db in
            var derivers: [StorePath: StorePath] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT path.base_name, path.deriver FROM json_each(?)
                    JOIN path ON path.base_name = value
                    JOIN path AS derivation ON derivation.base_name = path.deriver
                    """, arguments: [names])
            while let row = try rows.next() {
                derivers[try storePath(row[0])] = try storePath(row[1])
            }
            return derivers
        }
    }

    /// What is known of every valid path, sorted, all at one moment.
    package func allInfos() throws(StoreDatabaseError) -> [PathInfo] {
        try readTogether { db in
            try paths(db, "SELECT base_name FROM path ORDER BY base_name", [])
                .compactMap { try info($0, db) }
        }
    }

    /// The paths that `path` refers to, itself included when it does, sorted.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    package func references(of path: StorePath) throws(StoreDatabaseError) -> [StorePath] {
        try readTogether { db in
            try references(of: validIdentifier(of: path, db), db)
        }
    }

    /// The valid paths that refer to `path`, itself included when it does, sorted.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    package func referrers(of path: StorePath) throws(StoreDatabaseError) -> [StorePath] {
        try readTogether { db in
            try paths(
                db,
                """
                SELECT base_name FROM reference JOIN path ON id = referrer
                WHERE reference = ? ORDER BY base_name
                """, [validIdentifier(of: path, db)])
        }
    }

    /// The valid path whose hash part is `hashPart`; what a binary cache is asked for.
    ///
    /// - Parameter hashPart: 32 characters of nix32; anything else finds nothing.
    package func path(hashPart: String) throws(StoreDatabaseError) -> StorePath? {
        guard hashPart.utf8.count == StorePath.hashPartCount else { return nil }
        return try read { db in
            // '.' follows '-': the range of all names with this hash part, straight from the index.
            try paths(
                db, "SELECT base_name FROM path WHERE base_name > ? AND base_name < ? LIMIT 1",
                [hashPart + "-", hashPart + "."]
            ).first
        }
    }

    /// The outputs of a valid derivation by name, whether they are valid or not.
    ///
    /// - Throws: ``StoreDatabaseError/notValid(_:)``.
    package func outputs(of derivation: StorePath) throws(StoreDatabaseError)
        -> [String: StorePath]
    {
        try readTogether { db in
            let statement = try db.cachedStatement(
                sql: "SELECT name, output FROM derivation_output WHERE derivation = ?")
            let rows = try Row.fetchCursor(
                statement, arguments: [validIdentifier(of: derivation, db)])
            var outputs: [String: StorePath] = [:]
            while let row = try rows.next() { outputs[row[0]] = try storePath(row[1]) }
            return outputs
        }
    }

    /// The valid derivations that have `path` among their outputs, sorted.
    package func validDerivers(of path: StorePath) throws(StoreDatabaseError) -> [StorePath] {
        try read { db in
            try paths(
                db,
                """
                SELECT DISTINCT base_name FROM derivation_output JOIN path ON id = derivation
                WHERE output = ? ORDER BY base_name
                """, [path.baseName])
        }
    }

    // MARK: Rows

    func identifier(of path: StorePath, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM path WHERE base_name = ?"),
            arguments: [path.baseName])
    }

    func validIdentifier(of path: StorePath, _ db: Database) throws -> Int64 {
        guard let identifier = try identifier(of: path, db) else {
            throw StoreDatabaseError.notValid(path)
        }
        return identifier
    }

    /// The paths in the first column of what `sql` answers.
    func paths(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws
        -> [StorePath]
    {
        let names = try String.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        var paths: [StorePath] = []
        while let name = try names.next() { paths.append(try storePath(name)) }
        return paths
    }

    private func references(of identifier: Int64, _ db: Database) throws -> [StorePath] {
        try paths(
            db,
            """
            SELECT base_name FROM reference JOIN path ON id = reference
            WHERE referrer = ? ORDER BY base_name
            """, [identifier])
    }

    private func info(_ path: StorePath, _ db: Database) throws -> PathInfo? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, nar_hash, nar_size, deriver, content_address, signatures, is_ultimate,
                    registration_time
                FROM path WHERE base_name = ?
                """)
        guard let row = try Row.fetchOne(statement, arguments: [path.baseName]) else { return nil }
        let hash: Data = row[1]
        guard let narHash = Digest(algorithm: .sha256, bytes: [UInt8](hash)) else {
            throw StoreDatabaseError.corrupt(
                file: self.path, reason: "the hash of '\(path)' has \(hash.count) bytes")
        }
        let size: Int64 = row[2]
        let deriver: String? = row[3]
        let signatures: String = row[5]
        return PathInfo(
            path: path, narHash: narHash, narSize: UInt64(clamping: size),
            references: Set(try references(of: row[0], db)),
            deriver: try deriver.map { try storePath($0) }, registrationTime: row[7],
            signatures: signatures.unicodeScalars.split(separator: "\n").map(String.init),
            contentAddress: row[4], isUltimate: row[6])
    }
}

extension StoreDatabase {
    /// The base names of `paths` as JSON, for `json_each`.
    static func baseNames(_ paths: some Sequence<StorePath>) -> String {
        // They hold nothing that JSON would escape.
        "[" + paths.map { "\"\($0.baseName)\"" }.joined(separator: ",") + "]"
    }
}
