public import Primitives
public import StoreModel

/// What an earlier `audit rebuild --json` found, read back.
public struct RecordedRebuilds: Sendable {
    /// What building one derivation again showed.
    public struct Record: Sendable {
        /// The word of a ``RebuildVerdict``.
        public let word: String
        /// What it depends on.
        public let blame: [[Variation]]
        /// Why it cannot be built again, when it cannot.
        public let reason: String?
        /// The outputs it was compared with, and the hash of their bytes.
        public let narHashes: [StorePath: Digest]
        /// The differences, in the form of `audit diff --json`; only shown.
        public let differences: [JSONValue]

        /// Whether it made the same again.
        public var isSame: Bool { word == RebuildVerdict.same.word }
    }

    /// What was asked about.
    public let header: AnswerHeader
    /// The derivations that were built again.
    public let records: [StorePath: Record]
    private let source: String

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - source: the file, for messages.
    ///   - store: the store directory that it must be about.
    /// - Throws: ``AnswerError`` for everything that the form does not allow, and for an answer that
    ///   contradicts itself.
    public init(
        parsing bytes: [UInt8], from source: String, in store: StoreDirectory
    ) throws(AnswerError) {
        self = try AnswerHeader.read(
            bytes, from: source, .rebuild, in: store,
            members: ["varied", "counts", "derivations", "skipped"]
        ) { header, top throws(ManifestError) in
            try RecordedRebuilds(header, top, source)
        }
    }

    private init(
        _ header: AnswerHeader, _ top: ManifestField, _ source: String
    ) throws(ManifestError) {
        self.header = header
        self.source = source
        let store = header.store
        _ = try top.member("varied").elements { field throws(ManifestError) in
            try field.word(Variation.self)
        }
        let skipped = try top.member("skipped").elements { field throws(ManifestError) in
            try field.expectMembers(["derivation", "reason"])
            _ = try field.member("reason").prose()
            return try field.member("derivation").storePath(in: store)
        }
        var records: [StorePath: Record] = [:]
        for field in try top.member("derivations").elements({ field throws(ManifestError) in field }
        ) {
            let path = try field.member("derivation").storePath(in: store)
            guard records.updateValue(try Self.record(field, store), forKey: path) == nil else {
                throw try field.member("derivation").fail("'\(path)' stands twice")
            }
        }
        let failed = records.count { $0.value.word == "failed" }
        let same = records.count { $0.value.isSame }
        let counts = try top.member("counts")
        try counts.expectMembers(["same", "failed", "different", "skipped"])
        for (name, count) in [
            ("same", same), ("failed", failed), ("different", records.count - same - failed),
            ("skipped", skipped.count),
        ] where try counts.member(name).count() != UInt64(count) {
            throw try counts.member(name).fail("\(count) are listed")
        }
        self.records = records
    }

    private static func record(
        _ field: ManifestField, _ store: StoreDirectory
    ) throws(ManifestError) -> Record {
        try field.expectMembers([
            "derivation", "verdict", "builds", "blame", "reason", "likelyCauses", "differences",
            "narHashes",
        ])
        let word = try field.member("verdict").string()
        guard RebuildVerdict.words.contains(word) else {
            throw try field.member("verdict").fail("'\(word)' is no verdict")
        }
        guard try field.member("builds").count() > 0 else {
            throw try field.member("builds").fail("a verdict takes at least one build")
        }
        _ = try field.member("likelyCauses").strings()
        let narHashes = try field.member("narHashes").narHashes(in: store)
        let differences = try field.member("differences").elements {
            item throws(ManifestError) -> JSONValue in
            try item.expectMembers(["output", "varied", "difference"])
            for name in ["output", "varied", "difference"] { _ = try item.member(name) }
            return item.value
        }
        let record = Record(
            word: word,
            blame: try field.member("blame").elements { set throws(ManifestError) in
                try set.elements { word throws(ManifestError) in try word.word(Variation.self) }
            },
            reason: try field.member("reason").optional { reason throws(ManifestError) in
                try reason.prose()
            }, narHashes: narHashes, differences: differences)
        if record.isSame, !record.blame.isEmpty || !differences.isEmpty || record.reason != nil {
            throw try field.member("verdict").fail("what is the same has no differences")
        }
        return record
    }

    /// What it says of the derivations of a graph.
    ///
    /// - Parameters:
    ///   - asked: what the graph is of, and the derivation that makes it.
    ///   - outputs: the derivations of the graph, with the outputs of each.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Returns: the records, and how many there are of derivations that are not in the graph.
    /// - Throws: ``AnswerError`` when it is about something else, or about other bytes; what `here`
    ///   throws.
    public func records(
        for asked: (path: StorePath, derivation: StorePath),
        _ outputs: [StorePath: [StorePath]], here: (StorePath) throws -> Digest?
    ) throws -> (records: [StorePath: Record], foreignCount: Int) {
        guard
            records[asked.derivation] != nil
                || header.subjects.contains(where: { outputs[$0] != nil })
        else {
            throw AnswerError(
                source, .rebuild, .otherSubject(about: header.subjects, asked: asked.path))
        }
        let own = records.filter { outputs[$0.key] != nil }
        for (derivation, record) in own.sorted(by: { $0.key < $1.key }) {
            for output in (outputs[derivation] ?? []).sorted() {
                guard let told = record.narHashes[output] else {
                    throw AnswerError(
                        source, .rebuild, .lacks("its output '\(output)'", asked: derivation))
                }
                guard let hash = try here(output), hash != told else { continue }
                throw AnswerError(
                    source, .rebuild,
                    .otherBytes(output, told: told.prefixedNix32, here: hash.prefixedNix32))
            }
        }
        return (own, records.count - own.count)
    }
}
