package import Primitives
package import StoreModel

/// What `audit policy` answers: whether named builders agree, path by path.
package struct AgreementAnswer: AuditAnswer {
    package static let kind = AnswerHeader.Kind.policy

    /// One path.
    package struct Item: Hashable, Sendable {
        /// The path.
        package let path: StorePath
        /// The verdict.
        package let kind: AgreementVerdict.Kind
        /// The rule; `nil` when none is about it.
        package let rule: AgreementPolicy.Rule?
        /// How many builders say what most say.
        package let agreeing: UInt64
        /// The hash of what was valid there; `nil` when nothing was.
        package let here: Digest?
        /// Who said what.
        package let words: [Word]
    }

    /// What a builder says of a path.
    package struct Word: Hashable, Sendable {
        /// The builder's name.
        package let builder: String
        /// The hash of the bytes.
        package let narHash: Digest
        /// How they came, in a word or two.
        package let origin: String
    }

    package let header: AnswerHeader
    /// What should be known of those who were asked, in sentences.
    package let remarks: [String]
    /// The paths that were asked for.
    package let items: [Item]

    /// How many paths have this verdict.
    package func count(_ kind: AgreementVerdict.Kind) -> Int { items.count { $0.kind == kind } }

    /// Whether something was asked, and enough builders agree on all of it.
    package var isAgreed: Bool { !items.isEmpty && count(.agreed) == items.count }

    /// The answer for verdicts on what `subjects` stand for.
    package init(
        _ verdicts: [AgreementVerdict], remarks: [String], in store: StoreDirectory,
        subjects: some Sequence<StorePath>
    ) {
        header = AnswerHeader(Self.kind, store: store, subjects: subjects)
        self.remarks = remarks
        items = verdicts.map { verdict in
            Item(
                path: verdict.path, kind: verdict.kind, rule: verdict.rule,
                agreeing: UInt64(verdict.agreeingCount), here: verdict.local?.narHash,
                words: verdict.words.map {
                    Word(
                        builder: $0.builder, narHash: $0.entry.narHash,
                        origin: $0.entry.origin.summary)
                })
        }
    }
}

// MARK: JSON

extension AgreementAnswer {
    package var members: [String: JSONValue] {
        let counts = AgreementVerdict.Kind.allCases.map {
            ($0.rawValue, JSONValue.count(count($0)))
        }
        return [
            "remarks": .strings(remarks),
            "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
            "paths": .array(items.map(json)),
        ]
    }

    private func json(_ item: Item) -> JSONValue {
        .object([
            "path": .string(header.store.path(of: item.path)),
            "verdict": .string(item.kind.rawValue), "pattern": .optional(item.rule?.pattern),
            "needed": item.rule.map { .count($0.count) } ?? .null,
            "builders": .strings(item.rule?.builders ?? []), "agreeing": .count(item.agreeing),
            "here": .optional(item.here?.prefixedNix32),
            "words": .array(
                item.words.map {
                    .object([
                        "builder": .string($0.builder),
                        "narHash": .string($0.narHash.prefixedNix32),
                        "origin": .string($0.origin),
                    ])
                }),
        ])
    }

    package init(_ header: AnswerHeader, _ top: ManifestField) throws(ManifestError) {
        self.header = header
        remarks = try top.member("remarks").proses()
        var known: Set<StorePath> = []
        items = try top.member("paths").elements { field throws(ManifestError) -> Item in
            let item = try Item(field, in: header.store)
            guard known.insert(item.path).inserted else {
                throw try field.member("path").fail("'\(item.path)' stands twice")
            }
            return item
        }
    }
}

extension AgreementAnswer.Item {
    fileprivate init(_ field: ManifestField, in store: StoreDirectory) throws(ManifestError) {
        try field.expectMembers([
            "path", "verdict", "pattern", "needed", "builders", "agreeing", "here", "words",
        ])
        path = try field.member("path").storePath(in: store)
        kind = try field.member("verdict").word(AgreementVerdict.Kind.self)
        let needed = try field.member("needed").optional { number throws(ManifestError) in
            try number.count()
        }
        let builders = try field.member("builders").strings()
        rule = try field.member("pattern").optional { pattern throws(ManifestError) in
            AgreementPolicy.Rule(
                pattern: try pattern.string(), count: Int(clamping: needed ?? 0),
                builders: builders)
        }
        agreeing = try field.member("agreeing").count()
        here = try field.member("here").optional { digest throws(ManifestError) in
            try digest.digest()
        }
        words = try field.member("words").elements { word throws(ManifestError) in
            AgreementAnswer.Word(
                builder: try word.member("builder").prose(),
                narHash: try word.member("narHash").digest(),
                origin: try word.member("origin").prose())
        }
        guard kind != .agreed || isShown else {
            throw try field.member("verdict").fail("what the builders say is something else")
        }
    }

    /// Whether what the builders say is enough to call the path agreed on.
    private var isShown: Bool {
        guard let rule, rule.count > 0, agreeing >= UInt64(rule.count) else { return false }
        let speakers = Dictionary(grouping: words, by: \.narHash).mapValues {
            UInt64(Set($0.map(\.builder)).intersection(rule.builders).count)
        }
        return speakers.contains {
            $0.value >= agreeing && (here == nil || here == $0.key)
        }
    }
}

// MARK: Whether it stands for something

extension AgreementAnswer {
    /// Checks that it is about `asked`, and about the bytes that are valid here.
    ///
    /// - Parameters:
    ///   - graph: the outputs of `asked`, and of everything behind it.
    ///   - own: the outputs of `asked` itself.
    ///   - source: where the answer came from, for the message.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Throws: ``AnswerError``; what `here` throws.
    package func expectIsAbout(
        _ asked: StorePath, _ graph: Set<StorePath>, own: Set<StorePath>, from source: String,
        here: (StorePath) throws -> Digest?
    ) throws {
        let told = Dictionary(items.map { ($0.path, $0) }) { one, _ in one }
        guard own.contains(where: { told[$0] != nil }) else {
            let about = header.subjects.isEmpty ? told.keys.sorted() : header.subjects
            throw AnswerError(source, Self.kind, .otherSubject(about: about, asked: asked))
        }
        if let path = own.subtracting(told.keys).min() {
            throw AnswerError(source, Self.kind, .lacks("its output '\(path)'", asked: asked))
        }
        for path in graph.sorted() {
            guard let item = told[path], let hash = try here(path), hash != item.here else {
                continue
            }
            throw AnswerError(
                source, Self.kind,
                .otherBytes(
                    path, told: item.here?.prefixedNix32 ?? "none", here: hash.prefixedNix32))
        }
    }
}
