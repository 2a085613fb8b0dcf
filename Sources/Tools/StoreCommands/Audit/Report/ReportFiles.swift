import Audits
import Graphs
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// Reads the answers of other audits, and takes only what is about the report's subject and the bytes
/// that are valid here.
struct ReportFiles {
    private let asked: StorePath
    private let derivation: StorePath
    /// The derivations whose builders run, with their outputs.
    private let built: [StorePath: [StorePath]]
    /// Everything of the graph: derivations, sources, and what they make.
    private let known: Set<StorePath>
    /// The outputs that the report is about.
    private let own: Set<StorePath>
    private let store: LocalStore

    /// - Parameters:
    ///   - asked: what the report is about.
    ///   - derivation: what makes it.
    ///   - full: what it is built from.
    ///   - built: the part of `full` whose builders run.
    init(
        asked: StorePath, derivation: StorePath, full: DependencyGraph, built: DependencyGraph,
        store: LocalStore
    ) {
        self.asked = asked
        self.derivation = derivation
        self.built = Dictionary(built.nodes.map { ($0.path, $0.outputs) }) { one, _ in one }
        known = Set(full.nodes.flatMap { [$0.path] + $0.outputs })
        let outputs = full.nodes.first { $0.path == derivation }?.outputs ?? []
        own = asked.isDerivation ? Set(outputs) : [asked]
        self.store = store
    }

    private func here(_ path: StorePath) throws -> Digest? {
        try store.database.info(path)?.narHash
    }

    /// What an answer of `audit rebuild` says of the derivations of the graph, and how many others
    /// it tells of.
    func rebuilds(
        _ bytes: [UInt8], _ file: String
    ) throws -> (entries: [StorePath: ReportEntry], foreignCount: Int) {
        let answer = try RecordedRebuilds(parsing: bytes, from: file, in: store.storeDirectory)
        let (records, others) = try answer.records(for: (asked, derivation), built, here: here)
        return (records.mapValues { ReportEntry($0) }, others)
    }

    /// What an answer of `audit compare` says.
    func comparison(_ bytes: [UInt8], _ file: String) throws -> ReportComparison {
        let answer = try RecordedComparison(parsing: bytes, from: file, in: store.storeDirectory)
        try answer.expectIsAbout(asked, known, own: own, here: here)
        return ReportComparison(answer, of: built, knowing: known)
    }

    /// What an answer of `audit policy` says.
    func agreement(_ bytes: [UInt8], _ file: String) throws -> ReportPolicy {
        let answer = try RecordedAgreement(parsing: bytes, from: file, in: store.storeDirectory)
        try answer.expectIsAbout(asked, known, own: own, here: here)
        return ReportPolicy(answer, about: known)
    }

    /// What an answer of `audit seeds` says.
    func seeds(_ bytes: [UInt8], _ file: String) throws -> AuditReport.SeedPart {
        let answer = try RecordedSeedAudit(parsing: bytes, from: file, in: store.storeDirectory)
        let scope = try SeedAudit.scope(of: [derivation], in: store)
        try answer.expectCovers(asked, scope)
        return AuditReport.SeedPart(
            audit: answer, findings: answer.findings.filter { scope.outputs[$0.output] != nil },
            json: try JSONValue(parsing: bytes))
    }
}
