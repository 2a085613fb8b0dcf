import Archives
import Glibc
import Primitives
import StoreDatabase
import StoreModel

/// Makes the database of a store again, from what lies in the store directory and the registrations
/// beside it (`docs/formats/registrations.md`). The old database need not be readable.
package struct DatabaseRebuild: Sendable {
    let layout: StoreLayout
    /// Accept contents that nothing proves.
    let infers: Bool
    let folder: StoreFolder

    /// A rebuild of the store of `layout`.
    ///
    /// - Parameter infers: whether to make what lies in the store valid as it is now, when it has no
    ///   registration and its path proves nothing: outputs of builds, as a rule.
    /// - Throws: ``LocalStoreError/missingStore(path:)`` when there is no store directory,
    ///   ``LocalStoreError/unsafe(_:)`` when somebody else could change it.
    package init(_ layout: StoreLayout, infers: Bool) throws {
        self.layout = layout
        self.infers = infers
        try LocalStore.requireSafe(StoreFault.all(in: layout))
        guard try isThere(layout.realStoreDirectory) else {
            throw LocalStoreError.missingStore(path: layout.realStoreDirectory)
        }
        folder = StoreFolder(try .opening(layout.realStoreDirectory))
    }

    /// Makes the database. Nobody else may work with the store meanwhile.
    ///
    /// Killed at any point, the old database is there, or the new one; or none, and then no command
    /// but this one goes on.
    ///
    /// - Parameters:
    ///   - isDryRun: whether to change nothing and only say what would become of it.
    ///   - workers: how many paths are read at the same time.
    /// - Throws: ``LocalStoreError/inUse(by:)``, or why files or rows cannot be read or written.
    package func run(isDryRun: Bool = false, workers: Int) async throws -> DatabaseRebuildReport {
        let state = try DirectoryDescriptor.making(layout.realStateDirectory)
        let lock = try FileLock.acquire(FileName("gc.lock"), in: state, .exclusive, waits: true)
        let users = try TemporaryRoots.read(layout, removesStale: !isDryRun)
        if let link = users.first?.link { throw LocalStoreError.inUse(by: link) }
        var (report, rows) = try await findRows(workers: workers)
        if !isDryRun { try write(rows, &report) }
        lock?.release()
        return report
    }

    /// What will stand in the database.
    struct Rows {
        var infos: [StorePath: PathInfo] = [:]
        var outputs: [StorePath: [String: StorePath]] = [:]
    }

    private func findRows(workers: Int) async throws -> (DatabaseRebuildReport, Rows) {
        var report = DatabaseRebuildReport()
        var rows = Rows()
        let entries = try RegistrationFolder(layout).read()
        let items = try LocalStore.itemsOnDisk(in: folder.descriptor.reopened()) { path in
            // The lock of an item has its hash part, too.
            guard case .registration(let info)? = entries[path.hashPart] else { return false }
            return info.path == path
        }
        var reasons: [StorePath: String] = [:]
        for path in items {
            switch entries[path.hashPart] {
            case .registration(let info) where info.path == path: rows.infos[path] = info
            case .damaged(let reason): reasons[path] = "its registration is damaged (\(reason))"
            default: reasons[path] = "it has no registration"
            }
        }
        for path in rows.infos.keys { report.origins[path] = .registration }
        for case .registration(let info) in entries.values where rows.infos[info.path] == nil {
            if reasons[info.path] == nil {
                reasons[info.path] = "it has a registration, but is not on disk"
            }
        }
        // Derivations first: they say what other items are.
        var reading = Inference(self, items: items)
        try reading.readDerivations()
        let inference = reading
        for (path, references) in inference.references {
            guard let info = rows.infos[path], info.references != references else { continue }
            rows.infos[path]?.references = references
            report.origins[path] = .proven
        }
        let check = ContentsCheck(folder: folder) {
            try inference.statedContents(of: $0)
        }
        var altered = try await check.findings(
            in: Array(rows.infos.values), workers: workers
        ).compactMapValues { findings in findings.first { $0.kind != .metadata && $0.isDamage } }
        for path in rows.infos.keys
        where path.isDerivation && altered[path] == nil && !inference.named.contains(path) {
            altered[path] = .init(
                .altered, path.baseName, "its contents are not those of its name")
        }
        for path in items {
            guard rows.infos[path] == nil else { continue }
            do {
                let (info, isProven) = try inference.info(of: path)
                // Whatever is asked for, no text becomes a derivation that it is not.
                if isProven || infers && !path.isDerivation {
                    rows.infos[path] = info
                    report.origins[path] = isProven ? .proven : .inferred
                } else {
                    reasons[path, default: ""] += ", and nothing proves its contents"
                }
            } catch { reasons[path, default: ""] += ", and it cannot be taken as it is: \(error)" }
        }
        removeIncomplete(&rows, altered: altered, &reasons, &report)
        for path in rows.infos.keys { rows.outputs[path] = inference.outputs(of: path) }
        for (path, reason) in reasons where rows.infos[path] == nil {
            report.losses.append(.init(path: path, reason: reason, isValid: false))
        }
        report.losses.sort { $0.path < $1.path }
        return (report, rows)
    }

    /// Takes out what refers to something that is not there, and contents that changed.
    ///
    /// What was altered stays while something else refers to it: it was valid, everything built on
    /// it would go with it, and it can be repaired. Without that, it may be what a power cut left
    /// of a path that was never valid.
    private func removeIncomplete(
        _ rows: inout Rows, altered: [StorePath: VerificationFinding],
        _ reasons: inout [StorePath: String], _ report: inout DatabaseRebuildReport
    ) {
        var referrers: [StorePath: [StorePath]] = [:]
        for info in rows.infos.values {
            for reference in info.references where reference != info.path {
                referrers[reference, default: []].append(info.path)
            }
        }
        var leaving: [StorePath] = []
        func remove(_ path: StorePath, _ reason: String) {
            guard rows.infos.removeValue(forKey: path) != nil else { return }
            report.origins[path] = nil
            reasons[path] = reason
            leaving.append(path)
        }
        for (path, finding) in altered where referrers[path] == nil {
            remove(path, finding.reason)
        }
        for (reference, users) in referrers where rows.infos[reference] == nil {
            for user in users { remove(user, "it refers to '\(reference)', which is lost") }
        }
        while let path = leaving.popLast() {
            for user in referrers[path] ?? [] {
                remove(user, "it refers to '\(path)', which is lost")
            }
        }
        for (path, finding) in altered where rows.infos[path] != nil {
            report.losses.append(.init(path: path, reason: finding.reason, isValid: true))
        }
    }

    /// Writes the rows into a new file, and that in the place of the old one.
    private func write(_ rows: Rows, _ report: inout DatabaseRebuildReport) throws {
        try LocalStore.makeDirectories(layout)
        let file = layout.databaseFile + ".rebuilt"
        for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink((file + suffix).systemPath) }
        let database = try StoreDatabase(
            path: file, storeDirectory: layout.storeDirectory, access: .create)
        try database.register(Array(rows.infos.values), outputs: rows.outputs)
        if try isThere(layout.databaseFile) {
            do { try database.adoptHistory(of: layout.databaseFile) } catch {
                report.historyLoss = "\(error)"
            }
            report.copy = layout.databaseFile + ".before-rebuild"
        }
        // Before the rows that they stand for: a store that is read meanwhile loses nothing.
        try RegistrationFolder(layout).write(
            rows.infos.values.filter { report.origins[$0.path] != .registration })
        try folder.descriptor.synchroniseFileSystem()
        try DirectoryDescriptor.opening(layout.databaseDirectory).synchroniseFileSystem()
        try database.install(as: layout.databaseFile)
        try DirectoryDescriptor.opening(layout.databaseDirectory).synchroniseFileSystem()
    }
}
