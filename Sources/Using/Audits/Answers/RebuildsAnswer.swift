package import Primitives
package import StoreModel

/// What `audit rebuild` answers: what building derivations again showed.
package struct RebuildsAnswer: AuditAnswer, Hashable {
    package static let kind = AnswerHeader.Kind.rebuild

    /// A derivation that was not built again.
    package struct Skipped: Hashable, Sendable {
        /// The derivation.
        package let derivation: StorePath
        /// Why not.
        package let reason: String

        /// What was skipped, and why.
        package init(_ derivation: StorePath, reason: String) {
            self.derivation = derivation
            self.reason = reason
        }
    }

    package let header: AnswerHeader
    /// What was varied.
    package let varied: [Variation]
    /// The derivations that were built again.
    package let records: [RebuildRecord]
    /// Those that were not.
    package let skipped: [Skipped]

    /// How many came out the same.
    package var sameCount: Int { records.count { $0.verdict == .same } }
    /// How many could not be built again.
    package var failedCount: Int {
        records.count { if case .failed = $0.verdict { true } else { false } }
    }
    /// How many came out different.
    package var differentCount: Int { records.count - sameCount - failedCount }

    /// The answer for what was asked about `subjects`.
    package init(
        _ records: [RebuildRecord], skipped: [Skipped], varied: [Variation],
        in store: StoreDirectory, subjects: some Sequence<StorePath>
    ) {
        header = AnswerHeader(Self.kind, store: store, subjects: subjects)
        self.records = records
        self.skipped = skipped
        self.varied = varied
    }
}

// MARK: JSON

extension RebuildsAnswer {
    package var members: [String: JSONValue] {
        [
            "varied": .strings(varied.map(\.rawValue)),
            "counts": .object([
                "same": .count(sameCount), "failed": .count(failedCount),
                "different": .count(differentCount), "skipped": .count(skipped.count),
            ]),
            "derivations": .array(records.map { $0.json(in: header.store) }),
            "skipped": .array(
                skipped.map {
                    .object([
                        "derivation": .string(header.store.path(of: $0.derivation)),
                        "reason": .string($0.reason),
                    ])
                }),
        ]
    }

    package init(_ header: AnswerHeader, _ top: ManifestField) throws(ManifestError) {
        self.header = header
        varied = try top.member("varied").variations()
        skipped = try top.member("skipped").elements { field throws(ManifestError) in
            Skipped(
                try field.member("derivation").storePath(in: header.store),
                reason: try field.member("reason").prose())
        }
        var known: Set<StorePath> = []
        records = try top.member("derivations").elements {
            field throws(ManifestError) -> RebuildRecord in
            let record = try RebuildRecord(field, in: header.store)
            guard known.insert(record.derivation).inserted else {
                throw try field.member("derivation").fail("'\(record.derivation)' stands twice")
            }
            return record
        }
    }
}

// MARK: Whether it stands for something

extension RebuildsAnswer {
    /// What it says of the derivations of a graph.
    ///
    /// - Parameters:
    ///   - asked: what the graph is of, and the derivation that makes it.
    ///   - outputs: the derivations of the graph, with the outputs of each.
    ///   - source: where the answer came from, for the message.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Returns: the records, and how many there are of derivations that are not in the graph.
    /// - Throws: ``AnswerError`` when it is about something else, or about other bytes; what `here`
    ///   throws.
    package func records(
        for asked: (path: StorePath, derivation: StorePath),
        _ outputs: [StorePath: [StorePath]], from source: String,
        here: (StorePath) throws -> Digest?
    ) throws -> (own: [RebuildRecord], foreignCount: Int) {
        guard
            records.contains(where: { $0.derivation == asked.derivation })
                || header.subjects.contains(where: { outputs[$0] != nil })
        else {
            throw AnswerError(
                source, Self.kind, .otherSubject(about: header.subjects, asked: asked.path))
        }
        let own = records.filter { outputs[$0.derivation] != nil }
            .sorted { $0.derivation < $1.derivation }
        for record in own {
            for output in (outputs[record.derivation] ?? []).sorted() {
                guard let told = record.narHashes[output] else {
                    throw AnswerError(
                        source, Self.kind,
                        .lacks("its output '\(output)'", asked: record.derivation))
                }
                guard let hash = try here(output), hash != told else { continue }
                throw AnswerError(
                    source, Self.kind,
                    .otherBytes(output, told: told.prefixedNix32, here: hash.prefixedNix32))
            }
        }
        return (own, records.count - own.count)
    }
}
