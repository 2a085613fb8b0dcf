import Archives
import Primitives
import StoreDatabase
package import StoreModel

extension LocalStore {
    /// Looks for damage: valid paths that are gone, a database that contradicts itself or the
    /// derivations, things in the store directory that nobody owns, and when asked, contents that
    /// are not those that were registered, or metadata that are not canonical. Changes nothing; other processes may work meanwhile.
    ///
    /// - Parameters:
    ///   - checksContents: whether to read and hash every valid path, and look at the metadata of
    ///     each file in it.
    ///   - workers: how many paths are read at the same time; at least 1.
    /// - Returns: the findings, by name.
    package func verify(checksContents: Bool, workers: Int) async throws -> [VerificationFinding] {
        // First what runs, then what is valid: see the collector.
        let inUse = try TemporaryRoots.read(layout, removesStale: false)
        var findings = try database.integrityProblems().map {
            VerificationFinding(.database, layout.databaseFile, $0)
        }
        let paths = try database.allValidPaths()
        let listing = try DirectoryListing(of: folder.descriptor.reopened())
        let names = Set((0..<listing.count).map { listing.name(at: $0).string })
        var present: [StorePath] = []
        for path in paths {
            if names.contains(path.baseName) {
                present.append(path)
            } else if try folder.descriptor.statusIfPresent(of: path.fileName()) != nil {
                present.append(path)
            } else if try database.isValid(path) {
                findings.append(.gone(path))
            }
        }
        let valid = Set(paths)
        for leftover in try leftovers(in: listing, isValid: valid.contains, inUse: inUse)
        where !leftover.isLock {
            guard try !database.isValid(leftover.path) else { continue }
            findings.append(
                .init(
                    .leftover, leftover.name.string,
                    "it is not valid; left by a process that was killed", remedy: .collection))
        }
        let derivations = present.filter(\.isDerivation)
        if !derivations.isEmpty { findings += try self.findings(inRowsOf: derivations) }
        if checksContents {
            let altered = try await verifyContents(of: present, workers: workers)
            let names = Set(altered.filter { $0.kind != .metadata }.map(\.name))
            // A derivation that cannot be read is altered, and that is said once.
            findings.removeAll {
                ($0.kind == .unreadable || $0.kind == .altered) && names.contains($0.name)
            }
            findings += altered
        }
        return findings.sorted {
            // First what is wrong with the contents.
            ($0.name, $0.kind == .metadata ? 1 : 0, $0.reason)
                < ($1.name, $1.kind == .metadata ? 1 : 0, $1.reason)
        }
    }

    /// Reads valid paths and compares them with what was registered, and with what derivations of
    /// fixed outputs and the paths' own names state, and the metadata of their files with what is
    /// canonical.
    ///
    /// - Parameter workers: how many are read at the same time.
    /// - Returns: what is wrong with them, by name.
    package func verifyContents(
        of paths: [StorePath], workers: Int
    ) async throws -> [VerificationFinding] {
        let infos = try paths.compactMap { try database.info($0) }
        let check = ContentsCheck(folder: folder) {
            // Damage of a derivation is told of that one.
            try self.contentsStatedByWholeDerivations(of: $0)
        }
        let found = try await check.findings(in: infos, workers: workers)
        return try infos.sorted { $0.path.baseName < $1.path.baseName }.flatMap { info in
            guard let findings = found[info.path] else { return [VerificationFinding]() }
            // A collector or a repair may have come.
            return try database.info(info.path)?.narHash == info.narHash ? findings : []
        }
    }
}
