public import Audits
import LocalStore
public import Primitives
public import StoreModel

extension StoreSession {
    /// What this store has for `paths` and all they refer to, to be compared with what others have.
    ///
    /// - Parameters:
    ///   - paths: valid paths.
    ///   - tool: who says so: the name and version of the program.
    ///   - withBuildGraph: also what the paths were built from.
    public func manifest(
        of paths: [StorePath], tool: String, withBuildGraph: Bool = false
    ) throws(StoreError) -> Manifest {
        try StoreError.wrapping {
            try ManifestMaker(store, tool: tool)
                .manifest(of: paths, withBuildGraph: withBuildGraph)
        }
    }

    /// Looks for any trace of the binaries that the graphs of `derivations` started from in what was made in
    /// the end.
    ///
    /// - Parameters:
    ///   - derivations: what is asked about, as `.drv`s.
    ///   - reasons: why a seed cannot be done without, by its digest.
    ///   - onProgress: told how many files of how many were looked into, from any thread.
    /// - Throws: ``StoreError/other(_:)`` with an `AuditError`. What could not be looked into is in the report.
    public func auditSeeds(
        of derivations: [StorePath], reasons: [Digest: String] = [:],
        onProgress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws(StoreError) -> SeedReport {
        try await StoreError.wrapping {
            try await SeedAudit(
                store, reasons: reasons, temporaryDirectory: configuration.temporaryDirectory,
                workers: configuration.workers
            ).run(derivations, onProgress: onProgress)
        }
    }
}
