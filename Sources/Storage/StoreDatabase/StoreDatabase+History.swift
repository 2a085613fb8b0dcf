import GRDB
package import StoreModel

extension StoreDatabase {
    /// How old a path's last use must be, in seconds, before a newer one is written down. Keeps a
    /// no-op realise from ever taking the write lock.
    package static let useGranularity: Int64 = 3600

    /// Notes that `paths` were used, for collection by age. Not durable: a power cut may forget
    /// it. Does nothing on a read-only database.
    ///
    /// - Parameter time: seconds since 1970.
    package func recordUse(of paths: some Sequence<StorePath>, at time: Int64)
        throws(StoreDatabaseError)
    {
        guard !isReadOnly else { return }
        let stale = try readTogether { db in
            let statement = try db.cachedStatement(
                sql: "SELECT id FROM path WHERE base_name = ? AND last_use_time <= ?")
            return try paths.compactMap {
                try Int64.fetchOne(
                    statement, arguments: [$0.baseName, time - Self.useGranularity])
            }
        }
        guard !stale.isEmpty else { return }
        try write(isDurable: false) { db in
            let statement = try db.cachedStatement(
                sql: "UPDATE path SET last_use_time = max(last_use_time, ?) WHERE id = ?")
            for identifier in stale { try statement.execute(arguments: [time, identifier]) }
        }
    }

    /// When each valid path was last used, in seconds since 1970.
    package func lastUseTimes() throws(StoreDatabaseError) -> [StorePath: Int64] {
        try read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT base_name, last_use_time FROM path")
            var times: [StorePath: Int64] = [:]
            while let row = try rows.next() { times[try storePath(row[0])] = row[1] }
            return times
        }
    }

    /// Writes down a build.
    package func record(build: BuildRecord) throws(StoreDatabaseError) {
        try record(builds: [build], using: [:])
    }

    /// Writes down builds, and when paths were used, as ``recordUse(of:at:)`` does.
    package func record(
        builds: [BuildRecord], using used: [StorePath: Int64]
    ) throws(StoreDatabaseError) {
        try write(isDurable: false) { db in
            for build in builds { try insert(build, db) }
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE path SET last_use_time = ? WHERE base_name = ? AND last_use_time <= ?
                    """)
            for (path, time) in used {
                try statement.execute(arguments: [
                    time, path.baseName, time - Self.useGranularity,
                ])
            }
        }
    }

    private func insert(_ build: BuildRecord, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO build (derivation, name, start_time, stop_time, user_time,
                    system_time, peak_memory, status, machine, log)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            build.derivation.baseName, build.name, build.startTime, build.stopTime,
            build.userTime.wholeMilliseconds, build.systemTime.wholeMilliseconds,
            Int64(clamping: build.peakMemory), build.status.rawValue, build.machine, build.log,
        ])
    }

    /// The last successful build of each of `derivations` that has one; one statement for all.
    package func lastBuilds(of derivations: some Sequence<StorePath>)
        throws(StoreDatabaseError) -> [StorePath: BuildRecord]
    {
        let names = Self.baseNames(derivations)
        return try read { db in
            var builds: [StorePath: BuildRecord] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT name, start_time, stop_time, user_time, system_time, peak_memory,
                        status, machine, log, derivation
                    FROM json_each(?) JOIN build ON derivation = value
                    WHERE status = 'succeeded' ORDER BY start_time, build.id
                    """, arguments: [names])
            while let row = try rows.next() {
                let path = try storePath(row[9])
                builds[path] = record(of: path, row)
            }
            return builds
        }
    }

    /// The builds of `derivation`, newest first.
    package func buildRecords(of derivation: StorePath) throws(StoreDatabaseError) -> [BuildRecord]
    {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT name, start_time, stop_time, user_time, system_time, peak_memory,
                        status, machine, log
                    FROM build WHERE derivation = ? ORDER BY start_time DESC, id DESC
                    """)
            return try Row.fetchAll(statement, arguments: [derivation.baseName]).map { row in
                record(of: derivation, row)
            }
        }
    }

    /// The last builds that failed of themselves, of all derivations or of one, newest first: those of which
    /// nothing newer is written down. What ran too long, was stopped or gave two results is not among them.
    package func lastFailures(of derivation: StorePath? = nil) throws(StoreDatabaseError)
        -> [BuildRecord]
    {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT name, start_time, stop_time, user_time, system_time, peak_memory,
                        status, machine, log, derivation
                    FROM build WHERE (?1 IS NULL OR derivation = ?1) AND status IN \(Self.failures)
                        AND id = (SELECT id FROM build AS other WHERE other.derivation = build.derivation
                            ORDER BY start_time DESC, id DESC LIMIT 1)
                    ORDER BY start_time DESC, id DESC
                    """, arguments: [derivation?.baseName])
            var builds: [BuildRecord] = []
            while let row = try rows.next() {
                builds.append(record(of: try storePath(row[9]), row))
            }
            return builds
        }
    }

    /// Forgets that `derivations` failed.
    package func forgetFailures(of derivations: some Sequence<StorePath>) throws(StoreDatabaseError)
    {
        try write { db in
            let statement = try db.cachedStatement(
                sql: "DELETE FROM build WHERE derivation = ? AND status IN \(Self.failures)")
            for path in derivations { try statement.execute(arguments: [path.baseName]) }
        }
    }

    /// How builds end that fail of themselves.
    private static let failures = "('failed', 'rejected')"

    /// A row with the columns after `derivation`, in the order of the table.
    private func record(of derivation: StorePath, _ row: Row) -> BuildRecord {
        let (user, system): (Int64, Int64) = (row[3], row[4])
        let memory: Int64 = row[5]
        return BuildRecord(
            derivation: derivation, name: row[0], startTime: BuildRecord.time(row[1]),
            stopTime: BuildRecord.time(row[2]), userTime: .milliseconds(BuildRecord.time(user)),
            systemTime: .milliseconds(BuildRecord.time(system)),
            peakMemory: UInt64(clamping: memory),
            status: BuildRecord.Status(rawValue: row[6]) ?? .unknown, machine: row[7],
            log: row[8])
    }

    /// How long the last successful build of each package in `names` took by the clock, for
    /// judging the time left.
    ///
    /// - Parameter names: ``BuildRecord/name`` of each; those never built are absent.
    package func lastBuildTimes(names: some Sequence<String>) throws(StoreDatabaseError)
        -> [String: Duration]
    {
        try read { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT start_time, stop_time FROM build
                    WHERE name = ? AND status = 'succeeded' ORDER BY start_time DESC LIMIT 1
                    """)
            var times: [String: Duration] = [:]
            for name in names {
                guard let row = try Row.fetchOne(statement, arguments: [name]) else { continue }
                times[name] = .milliseconds(BuildRecord.time(row[1]) - BuildRecord.time(row[0]))
            }
            return times
        }
    }

    /// Writes down where fixed outputs were fetched from.
    package func record(origins: [FetchOrigin]) throws(StoreDatabaseError) {
        try write(isDurable: false) { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO fetch_origin (output, url, time) VALUES (?, ?, ?)")
            for origin in origins {
                try statement.execute(arguments: [origin.output.baseName, origin.url, origin.time])
            }
        }
    }

    /// Where the fixed output `path` was fetched from, newest first.
    package func origins(of path: StorePath) throws(StoreDatabaseError) -> [FetchOrigin] {
        try read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT url, time FROM fetch_origin WHERE output = ? ORDER BY time DESC, url")
            return try Row.fetchAll(statement, arguments: [path.baseName]).map {
                FetchOrigin(output: path, url: $0[0], time: $0[1])
            }
        }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
