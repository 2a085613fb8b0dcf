package import Graphs
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel

/// What the answers of other audits show of one thing: only what is about it, and about the bytes that are
/// valid here, is taken.
package struct ReportEvidence {
    /// What the report is about.
    let asked: StorePath
    /// The store directory of all paths.
    let store: StoreDirectory
    /// What it is built from: the derivations whose builders run. What a hash fixes can only be the same.
    let graph: DependencyGraph
    /// Names and sizes in bytes of the downloads that the graph's seeds are made of.
    let downloads: [(name: String, size: UInt64?)]

    /// What is known of derivations of ``graph``.
    private(set) var entries: [StorePath: Entry] = [:]
    /// Who was compared with whom.
    private(set) var comparisons: [Comparison] = []
    /// Who agrees, when that was asked.
    private(set) var agreement: Agreement?
    /// The audit of the seeds, and what it found in what the subject reaches.
    private(set) var seeds: (answer: SeedAnswer, findings: [SeedAnswer.Finding])?
    /// How many entries of the answers are about other derivations.
    private(set) var foreignCount = 0

    private let derivation: StorePath
    /// ``graph`` with the outputs of each derivation.
    private let built: [StorePath: [StorePath]]
    /// Everything behind the subject: derivations, sources, and what they make.
    private let known: Set<StorePath>
    /// The outputs that the report is about.
    private let own: Set<StorePath>
    private let here: (StorePath) throws -> Digest?
    private let scope: () throws -> SeedAuditScope

    /// No evidence yet.
    ///
    /// - Parameters:
    ///   - asked: what the report is about.
    ///   - derivation: what makes it.
    ///   - full: the graph of all that it is built from.
    package init(
        on asked: StorePath, madeBy derivation: StorePath, _ full: DependencyGraph,
        in store: LocalStore
    ) {
        self.init(
            on: asked, madeBy: derivation, full, in: store.storeDirectory,
            here: { try store.database.info($0)?.narHash },
            scope: { try SeedAudit.scope(of: [derivation], in: store) })
    }

    /// As above, of a store that is described by functions.
    ///
    /// - Parameters:
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    ///   - scope: what an audit of the seeds looks at.
    package init(
        on asked: StorePath, madeBy derivation: StorePath, _ full: DependencyGraph,
        in store: StoreDirectory, here: @escaping (StorePath) throws -> Digest?,
        scope: @escaping () throws -> SeedAuditScope
    ) {
        self.asked = asked
        self.derivation = derivation
        self.store = store
        self.here = here
        self.scope = scope
        graph = Self.built(full)
        built = Dictionary(graph.nodes.map { ($0.path, $0.outputs) }) { one, _ in one }
        known = Set(full.nodes.flatMap { [$0.path] + $0.outputs })
        let outputs = full.nodes.first { $0.path == derivation }?.outputs ?? []
        own = asked.isDerivation ? Set(outputs) : [asked]
        let used = Set(full.edges.filter { full.nodes[$0.from].kind == .seed }.map(\.to))
        downloads = used.sorted().map { full.nodes[$0] }.filter { $0.digest != nil }
            .map { ($0.name, $0.size) }
    }

    /// The derivations whose builders run.
    private static func built(_ graph: DependencyGraph) -> DependencyGraph {
        var places: [Int: Int] = [:]
        var nodes: [GraphNode] = []
        for (index, node) in graph.nodes.enumerated()
        where node.path.isDerivation && node.digest == nil {
            places[index] = nodes.count
            nodes.append(node)
        }
        let edges = graph.edges.compactMap { edge -> GraphEdge? in
            guard let from = places[edge.from], let to = places[edge.to] else { return nil }
            return GraphEdge(from: from, to: to)
        }
        return DependencyGraph(relation: graph.relation, nodes: nodes, edges: edges)
    }

    /// How many derivations are known to be the same, to differ, and are not known.
    var rates: AuditReport.Rates {
        var rates = AuditReport.Rates()
        for node in graph.nodes {
            switch entries[node.path]?.isSame {
            case true: rates.matched += 1
            case false: rates.mismatched += 1
            case nil: rates.notCompared += 1
            }
        }
        return rates
    }

    // MARK: Taking answers

    /// Takes an answer of `audit rebuild`.
    ///
    /// - Parameter source: where it came from, for messages.
    /// - Throws: ``AnswerError`` when it is about something else; why the store cannot be read.
    package mutating func takeRebuilds(_ bytes: [UInt8], from source: String) throws {
        let answer = try RebuildsAnswer(parsing: bytes, from: source, in: store)
        let (records, others) = try answer.records(
            for: (asked, derivation), built, from: source, here: here)
        for record in records { note(Entry(record), of: record.derivation) }
        foreignCount += others
    }

    /// Takes an answer of `audit compare` or `audit challenge`, as ``takeRebuilds(_:from:)`` does.
    package mutating func takeComparison(_ bytes: [UInt8], from source: String) throws {
        let answer = try ComparisonAnswer(parsing: bytes, from: source, in: store)
        try answer.expectIsAbout(asked, known, own: own, from: source, here: here)
        comparisons.append(Comparison(answer))
        for (derivation, entry) in Entry.entries(answer, of: built) { note(entry, of: derivation) }
        foreignCount += answer.outputs.count { !known.contains($0.path) }
    }

    /// Takes an answer of `audit policy`, as ``takeRebuilds(_:from:)`` does.
    package mutating func takeAgreement(_ bytes: [UInt8], from source: String) throws {
        let answer = try AgreementAnswer(parsing: bytes, from: source, in: store)
        try answer.expectIsAbout(asked, known, own: own, from: source, here: here)
        let items = answer.items.filter { known.contains($0.path) }
        agreement = Agreement(items)
        foreignCount += answer.items.count - items.count
    }

    /// Takes an answer of `audit seeds`, as ``takeRebuilds(_:from:)`` does.
    package mutating func takeSeeds(_ bytes: [UInt8], from source: String) throws {
        let answer = try SeedAnswer(parsing: bytes, from: source, in: store)
        let scope = try scope()
        try answer.expectCovers(asked, scope, from: source)
        seeds = (answer, answer.findings.filter { scope.outputs[$0.output] != nil })
    }

    /// Where two answers do not agree, the difference is what has to be seen.
    private mutating func note(_ entry: Entry, of derivation: StorePath) {
        guard entries[derivation]?.isSame ?? true else { return }
        entries[derivation] = entry
    }
}
