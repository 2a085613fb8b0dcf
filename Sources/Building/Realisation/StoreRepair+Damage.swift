import Glibc
package import LocalStore
package import StoreModel
package import SystemSupport

/// What of findings a repair can mend.
package struct RepairableDamage: Sendable {
    /// Paths whose contents or metadata are wrong, or that are gone, each once.
    package let paths: [StorePath]
    /// What is wrong with rows of the database.
    package let rows: [VerificationFinding]

    /// Picks from `findings`.
    ///
    /// - Throws: `StorePathError` for a finding about contents that names no path.
    package init(_ findings: [VerificationFinding]) throws {
        let kinds: Set<VerificationFinding.Kind> = [.missing, .altered, .unreadable, .metadata]
        paths = try Set(
            findings.filter { kinds.contains($0.kind) }.map { try StorePath(baseName: $0.name) }
        ).sorted()
        rows = findings.filter { $0.kind == .database }
    }
}

extension StoreRepair {
    /// The directory of store items that `directory` means: itself, or the store directory below it when it
    /// is the root of another store.
    ///
    /// - Throws: ``HostError`` for what cannot be looked at.
    package static func itemsDirectory(
        _ directory: String, of store: StoreDirectory
    ) throws(HostError) -> String {
        let below = directory + store.path
        do { return try DirectoryEntries.isDirectory(below) ? below : directory } catch {
            guard case .system(_, _, let code) = error, code == ENOENT || code == ENOTDIR else {
                throw error
            }
            return directory
        }
    }
}

extension StoreRepair.Outcome {
    /// Whether the path is still damaged.
    package var isFailure: Bool {
        if case .failed = self { true } else { false }
    }
}
