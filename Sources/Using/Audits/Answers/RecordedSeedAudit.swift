public import Primitives
public import StoreModel

/// What an earlier `audit seeds --json` found, read back.
public struct RecordedSeedAudit: Sendable {
    /// A download that seeds are made of.
    public struct Seed: Hashable, Sendable {
        /// Its store path.
        public let path: StorePath
        /// The digest that fixes it, in SRI form.
        public let hash: String
        /// Its size in bytes, when known.
        public let size: UInt64?
        /// Why it cannot be done without, when a manifest says so.
        public let reason: String?
    }

    /// One trace, or something that was not looked at.
    public struct Finding: Hashable, Sendable {
        /// The output that holds it.
        public let output: StorePath
        /// The word for its kind.
        public let category: String
        /// The file in the output.
        public let file: String
        /// What it is, for people.
        public let what: String
        /// Whether it only says that something was not looked at.
        public var isUnread: Bool { category == "unread" }
    }

    /// What was asked about.
    public let header: AnswerHeader
    /// The downloads.
    public let seeds: [Seed]
    /// What was searched for: the downloads, what is made of them, the steps between.
    public let forbidden: Set<StorePath>
    /// What was looked into, with the hash of the bytes that were looked at.
    public let narHashes: [StorePath: Digest]
    /// What was found.
    public let findings: [Finding]
    /// Whether the bytes of all seeds were there to be compared with.
    public let isComplete: Bool
    private let source: String

    static let members: Set = [
        "seeds", "seedCount", "seedBytes", "seedItems", "absentSeedItems", "earlierItems",
        "outputs", "narHashes", "fileCount", "byteCount", "memberCount", "memberByteCount",
        "explained", "findings", "unreadCount", "verdict", "clean", "complete",
    ]

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
            bytes, from: source, .seeds, in: store, members: Self.members
        ) { header, top throws(ManifestError) in
            try RecordedSeedAudit(header, top, source)
        }
    }

    private init(
        _ header: AnswerHeader, _ top: ManifestField, _ source: String
    ) throws(ManifestError) {
        let store = header.store
        self.header = header
        self.source = source
        seeds = try top.member("seeds").elements { field throws(ManifestError) in
            try field.expectMembers(["path", "hash", "size", "reason"])
            return Seed(
                path: try field.member("path").storePath(in: store),
                hash: try field.member("hash").string(),
                size: try field.member("size").optional { size throws(ManifestError) in
                    try size.count()
                },
                reason: try field.member("reason").optional { reason throws(ManifestError) in
                    try reason.prose()
                })
        }
        let items = try top.member("seedItems").storePaths(in: store)
        let absent = try top.member("absentSeedItems").storePaths(in: store)
        let earlier = try top.member("earlierItems").storePaths(in: store)
        forbidden = Set(seeds.map(\.path) + items + earlier)
        narHashes = try top.member("narHashes").narHashes(in: store)
        let outputs = try top.member("outputs")
        guard try Set(outputs.storePaths(in: store)) == Set(narHashes.keys) else {
            throw outputs.fail("these are not the paths of 'narHashes'")
        }
        findings = try top.member("findings").elements { field throws(ManifestError) in
            try Self.finding(field, store)
        }
        _ = try top.member("explained").elements { field throws(ManifestError) in
            try Self.finding(field, store)
        }
        for name in [
            "seedCount", "seedBytes", "fileCount", "byteCount", "memberCount", "memberByteCount",
        ] { _ = try top.member(name).count() }
        isComplete = try top.member("complete").bool()
        try expect(top, "seedCount", UInt64(seeds.count))
        try expect(top, "unreadCount", UInt64(findings.count { $0.isUnread }))
        // Said twice, so that a file that was edited or cut together is noticed.
        guard isComplete == absent.isEmpty else {
            throw try top.member("complete").fail("'absentSeedItems' says otherwise")
        }
        guard try top.member("clean").bool() == findings.isEmpty else {
            throw try top.member("clean").fail("'findings' says otherwise")
        }
        let verdict = SeedReport.Verdict(
            hasTraces: findings.contains { !$0.isUnread },
            isOpen: !isComplete || findings.contains { $0.isUnread })
        guard try top.member("verdict").word(SeedReport.Verdict.self) == verdict else {
            throw try top.member("verdict").fail("'findings' and 'complete' say otherwise")
        }
    }

    private func expect(
        _ top: ManifestField, _ name: String, _ count: UInt64
    ) throws(ManifestError) {
        guard try top.member(name).count() == count else {
            throw try top.member(name).fail("\(count) are listed")
        }
    }

    private static func finding(
        _ field: ManifestField, _ store: StoreDirectory
    ) throws(ManifestError) -> Finding {
        try field.expectMembers([
            "category", "what", "output", "file", "members", "offset", "count", "explanation",
        ])
        for name in ["members", "offset", "count", "explanation"] { _ = try field.member(name) }
        return Finding(
            output: try field.member("output").storePath(in: store),
            category: try field.member("category").string(),
            file: try field.member("file").prose(), what: try field.member("what").prose())
    }

    /// Checks that it stands for `asked`.
    ///
    /// - Parameter scope: what an audit of `asked` looks at in this store.
    /// - Throws: ``AnswerError`` when it was of something else, left something out, or looked at
    ///   other bytes.
    public func expectCovers(
        _ asked: StorePath, _ scope: SeedAuditScope
    ) throws(AnswerError) {
        func fail(_ reason: AnswerError.Reason) -> AnswerError {
            AnswerError(source, .seeds, reason)
        }
        guard scope.goals.isSubset(of: narHashes.keys) else {
            throw fail(.otherSubject(about: header.subjects, asked: asked))
        }
        let hashes = Dictionary(seeds.map { ($0.path, $0.hash) }) { one, _ in one }
        for (path, digest) in scope.seeds.sorted(by: { $0.key < $1.key }) {
            guard let hash = hashes[path] else {
                throw fail(.lacks("the seed '\(path)'", asked: asked))
            }
            guard hash == digest.sri else {
                throw fail(.otherBytes(path, told: hash, here: digest.sri))
            }
        }
        if let path = scope.forbidden.subtracting(forbidden).min() {
            throw fail(.lacks("'\(path)', which must not be reached", asked: asked))
        }
        for (path, hash) in scope.outputs.sorted(by: { $0.key < $1.key }) {
            guard let told = narHashes[path] else {
                throw fail(.lacks("'\(path)', which it reaches", asked: asked))
            }
            guard told == hash else {
                throw fail(
                    .otherBytes(path, told: told.prefixedNix32, here: hash.prefixedNix32))
            }
        }
    }
}
