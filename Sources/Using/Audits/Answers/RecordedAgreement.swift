public import Primitives
public import StoreModel

/// What an earlier `audit policy --json` found, read back.
public struct RecordedAgreement: Sendable {
    /// One path.
    public struct Item: Sendable {
        /// The path.
        public let path: StorePath
        /// The verdict.
        public let kind: AgreementVerdict.Kind
        /// How many builders say what most say.
        public let agreeing: UInt64
        /// How many the rule asks for; `nil` without a rule.
        public let needed: UInt64?
        /// The hash of what was valid there; `nil` when nothing was.
        public let here: Digest?
        /// Who said what.
        public let words: [(builder: String, narHash: Digest)]
    }

    /// What was asked about.
    public let header: AnswerHeader
    /// The paths that were asked for.
    public let items: [StorePath: Item]
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
            bytes, from: source, .policy, in: store, members: ["remarks", "counts", "paths"]
        ) { header, top throws(ManifestError) in
            try RecordedAgreement(header, top, source)
        }
    }

    private init(
        _ header: AnswerHeader, _ top: ManifestField, _ source: String
    ) throws(ManifestError) {
        self.header = header
        self.source = source
        _ = try top.member("remarks").elements { field throws(ManifestError) in
            try field.prose()
        }
        var items: [StorePath: Item] = [:]
        for field in try top.member("paths").elements({ field throws(ManifestError) in field }) {
            let item = try Self.item(field, header.store)
            guard items.updateValue(item, forKey: item.path) == nil else {
                throw try field.member("path").fail("'\(item.path)' stands twice")
            }
        }
        let counts = try top.member("counts")
        for kind in AgreementVerdict.Kind.allCases {
            let count = items.count { $0.value.kind == kind }
            guard try counts.member(kind.rawValue).count() == UInt64(count) else {
                throw try counts.member(kind.rawValue).fail("\(count) are listed")
            }
        }
        self.items = items
    }

    private static func item(
        _ field: ManifestField, _ store: StoreDirectory
    ) throws(ManifestError) -> Item {
        try field.expectMembers([
            "path", "verdict", "pattern", "needed", "builders", "agreeing", "here", "words",
        ])
        _ = try field.member("pattern").optional { text throws(ManifestError) in
            try text.string()
        }
        let named = Set(try field.member("builders").strings())
        let words = try field.member("words").elements {
            word throws(ManifestError) -> (builder: String, narHash: Digest) in
            try word.expectMembers(["builder", "narHash", "origin"])
            _ = try word.member("origin").prose()
            return (
                try word.member("builder").prose(limit: 400), try word.member("narHash").digest()
            )
        }
        let item = Item(
            path: try field.member("path").storePath(in: store),
            kind: try field.member("verdict").word(AgreementVerdict.Kind.self),
            agreeing: try field.member("agreeing").count(),
            needed: try field.member("needed").optional { number throws(ManifestError) in
                try number.count()
            },
            here: try field.member("here").optional { digest throws(ManifestError) in
                try digest.digest()
            }, words: words)
        guard item.kind == .agreed else { return item }
        let speakers = Dictionary(grouping: words) { $0.narHash }
            .mapValues { UInt64(Set($0.map(\.builder)).intersection(named).count) }
        guard let needed = item.needed, needed > 0, item.agreeing >= needed,
            speakers.contains(where: {
                $0.value >= item.agreeing && (item.here == nil || item.here == $0.key)
            })
        else { throw try field.member("verdict").fail("what the builders say is something else") }
        return item
    }

    /// Checks that it is about `asked`, and about the bytes that are valid here.
    ///
    /// - Parameters:
    ///   - own: the outputs of `asked` itself.
    ///   - graph: these, and the outputs of everything behind it.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Throws: ``AnswerError``; what `here` throws.
    public func expectIsAbout(
        _ asked: StorePath, _ graph: Set<StorePath>, own: Set<StorePath>,
        here: (StorePath) throws -> Digest?
    ) throws {
        guard own.contains(where: { items[$0] != nil }) else {
            let about = header.subjects.isEmpty ? items.keys.sorted() : header.subjects
            throw AnswerError(source, .policy, .otherSubject(about: about, asked: asked))
        }
        if let path = own.subtracting(items.keys).min() {
            throw AnswerError(source, .policy, .lacks("its output '\(path)'", asked: asked))
        }
        for path in graph.sorted() {
            guard let item = items[path], let hash = try here(path), hash != item.here else {
                continue
            }
            throw AnswerError(
                source, .policy,
                .otherBytes(
                    path, told: item.here?.prefixedNix32 ?? "none", here: hash.prefixedNix32))
        }
    }
}
