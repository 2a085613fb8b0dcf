package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel
import Synchronization

/// Shows that what a graph makes in the end holds no path back to the binaries it started from, or
/// shows the place that does.
package struct SeedAudit: Sendable {
    private let store: LocalStore
    private let reasons: [Digest: String]
    private let temporaryDirectory: String
    private let limits: AuditLimits
    private let workers: Int

    /// An audit.
    ///
    /// - Parameters:
    ///   - reasons: why a seed cannot be done without, by its digest: what the manifests say.
    ///   - temporaryDirectory: where large members of archives are unpacked to, one at a time for
    ///     each worker.
    ///   - workers: how many files are looked into at once.
    package init(
        _ store: LocalStore, reasons: [Digest: String], temporaryDirectory: String,
        limits: AuditLimits = AuditLimits(), workers: Int
    ) {
        self.store = store
        self.reasons = reasons
        self.temporaryDirectory = temporaryDirectory
        self.limits = limits
        self.workers = max(1, workers)
    }

    /// Audits the graphs of `derivations`: every output of a derivation whose `stage` is `final` or
    /// `system`, of the derivations themselves, and all that those reach.
    ///
    /// - Parameter onProgress: told how many files of how many are done, now and then, from any
    ///   thread.
    /// - Throws: ``AuditError``; what reading the store throws.
    package func run(
        _ derivations: [StorePath], onProgress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> SeedReport {
        let graph = try Self.graph(derivations, store)
        let database = store.database
        try store.addTemporaryRoots(graph.finalOutputs.union(graph.seedItems))

        var report = SeedReport()
        report.seeds = try seeds(graph)
        let present = try database.validPaths(among: graph.seedItems)
        report.seedItems = graph.seedItems.sorted()
        report.absentSeedItems = graph.seedItems.subtracting(present).sorted()
        report.earlierItems = graph.earlierItems.sorted()
        let references = try database.referenceGraph(below: graph.finalOutputs.sorted())
        report.narHashes = try Self.hashes(references, graph, database)
        report.outputs = report.narHashes.keys.sorted()
        var findings = graph.leaks(references).map { chain in
            SeedFinding(
                kind: .requisite(chain), output: chain[0], file: "", members: [], offset: nil)
        }
        let auditor = FileAuditor(
            needles: Needles(graph.forbidden),
            seedFiles: try SeedFileIndex(present.sorted()) { store.layout.realPath(of: $0) },
            store: Array((store.storeDirectory.path + "/").utf8),
            temporaryDirectory: temporaryDirectory, limits: limits)
        let files = try report.outputs.flatMap {
            try AuditedFile.files(of: $0, at: store.layout.realPath(of: $0))
        }
        for result in try await look(at: files, auditor, onProgress) {
            findings += result.findings
            report.byteCount += result.byteCount
            report.memberCount += result.memberCount
            report.memberByteCount += result.memberByteCount
        }
        report.fileCount = files.count { if case .contents = $0.kind { true } else { false } }
        try judge(findings, &report)
        return report
    }

    /// What an audit of `derivations` in `store` is about; nothing is looked into.
    ///
    /// - Throws: ``AuditError``; what reading the store throws.
    package static func scope(
        of derivations: [StorePath], in store: LocalStore
    ) throws -> SeedAuditScope {
        let graph = try Self.graph(derivations, store)
        let references = try store.database.referenceGraph(below: graph.finalOutputs.sorted())
        return SeedAuditScope(
            goals: graph.goalOutputs, seeds: graph.downloads.mapValues(\.digest),
            forbidden: graph.forbidden, outputs: try hashes(references, graph, store.database))
    }

    /// The graph of `derivations`, whose final outputs are valid.
    private static func graph(
        _ derivations: [StorePath], _ store: LocalStore
    ) throws -> SeedGraph {
        let graph = try SeedGraph(derivations) { try store.derivations.derivation($0) }
        guard !graph.seedItems.isEmpty else { throw AuditError.noSeeds(derivations[0]) }
        let missing = graph.finalOutputs.subtracting(
            try store.database.validPaths(among: graph.finalOutputs))
        guard missing.isEmpty else { throw AuditError.notValid(missing.sorted()) }
        return graph
    }

    /// What is looked into: all that the final outputs reach, but what must not be reached.
    private static func hashes(
        _ references: DirectedGraph<StorePath>, _ graph: SeedGraph, _ database: StoreDatabase
    ) throws -> [StorePath: Digest] {
        let paths = Set(references.nodes).subtracting(graph.forbidden).sorted()
        let pairs = try database.infos(paths).map { ($0.path, $0.narHash) }
        return Dictionary(pairs) { one, _ in one }
    }

    private func seeds(_ graph: SeedGraph) throws -> [SeedReport.Seed] {
        try graph.downloads.map { path, seed in
            SeedReport.Seed(
                path: path, digest: seed.digest,
                size: try seed.statedSize ?? store.database.info(path)?.narSize,
                reason: reasons[seed.digest])
        }.sorted { ($0.path.name, $0.path) < ($1.path.name, $1.path) }
    }

    /// Looks into all files, several at once; the results come in the order of the files.
    private func look(
        at files: [AuditedFile], _ auditor: FileAuditor,
        _ onProgress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> [FileAuditor.Outcome] {
        let shared = SharedResults()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while case let index = shared.next.wrappingAdd(1, ordering: .relaxed).oldValue,
                        index < files.count
                    {
                        try Task.checkCancellation()
                        let result = try auditor.audit(files[index])
                        shared.results.withLock { $0.append((index, result)) }
                        if index.isMultiple(of: 100) { onProgress(index, files.count) }
                    }
                }
            }
            try await group.waitForAll()
        }
        return shared.results.withLock { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// What the workers share.
    private final class SharedResults: Sendable {
        let next = Atomic(0)
        let results = Mutex<[(Int, FileAuditor.Outcome)]>([])
    }

    /// Tells what was judged before from what leads back, and puts together what is the same.
    private func judge(_ findings: [SeedFinding], _ report: inout SeedReport) throws {
        let known = try KnownMentions.embedded()
        var places: [SameFinding: Int] = [:]
        var all: [SeedFinding] = []
        for var finding in findings {
            finding.explanation = known.explanation(of: finding)
            let same = SameFinding(finding)
            if let index = places[same] {
                all[index].count += finding.count
            } else {
                places[same] = all.count
                all.append(finding)
            }
        }
        report.findings = all.filter { $0.explanation == nil }
        report.explained = all.filter { $0.explanation != nil }
    }

    /// What makes two findings one line of a report.
    private struct SameFinding: Hashable {
        let output: StorePath
        let text: String

        init(_ finding: SeedFinding) {
            output = finding.output
            text =
                switch finding.kind {
                case .plainPath: finding.what
                // Explained together, by the reason; what leads back is told file by file.
                case .seedBytes: finding.explanation ?? "\(finding.place): \(finding.what)"
                default: "\(finding.place): \(finding.what)"
                }
        }
    }
}
