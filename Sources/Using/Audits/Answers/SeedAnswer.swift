package import Primitives
package import StoreModel

/// What `audit seeds` answers: a ``SeedReport``, with places and reasons in words.
package struct SeedAnswer: AuditAnswer, Hashable {
    package static let kind = AnswerHeader.Kind.seeds

    /// One trace, or something that was not looked at.
    package struct Finding: Hashable, Sendable {
        /// The output that holds it.
        package let output: StorePath
        /// What kind it is.
        package let category: SeedFinding.Category
        /// The file in the output; empty for an output that is a file.
        package let file: String
        /// The way into the file.
        package let members: [String]
        /// The bytes before it in the innermost member, where it is in a file's contents.
        package let offset: UInt64?
        /// What it is, for people.
        package let what: String
        /// How many there are of the kind in the same output.
        package let count: UInt64
        /// Why it leads back to nothing, when that is known.
        package let explanation: String?

        /// Whether it only says that something was not looked at.
        package var isUnread: Bool { category == .unread }

        /// The place for people.
        package var place: String {
            SeedFinding.place(file: file, members: members, offset: offset)
        }
    }

    package let header: AnswerHeader
    /// The downloads that seeds are made of.
    package let seeds: [SeedReport.Seed]
    /// Their sizes together, as far as they are known.
    package let seedBytes: UInt64
    /// What is made of them.
    package let seedItems: [StorePath]
    /// Those of ``seedItems`` whose bytes were not there to be compared with.
    package let absentSeedItems: [StorePath]
    /// The outputs of the steps between: they must not be reached either.
    package let earlierItems: [StorePath]
    /// What was looked into.
    package let outputs: [StorePath]
    /// The hash of the bytes of each of ``outputs``.
    package let narHashes: [StorePath: Digest]
    /// How many files were looked at, and their bytes.
    package let fileCount: UInt64
    package let byteCount: UInt64
    /// How many packed members were looked at, and their bytes.
    package let memberCount: UInt64
    package let memberByteCount: UInt64
    /// What leads back to nothing, as was judged before.
    package let explained: [Finding]
    /// What was found.
    package let findings: [Finding]

    /// Whether the bytes of all seeds were there to be compared with.
    package var isComplete: Bool { absentSeedItems.isEmpty }
    /// How many places were not looked at.
    package var unreadCount: Int { findings.count { $0.isUnread } }
    /// What it comes to.
    package var verdict: SeedReport.Verdict {
        SeedReport.Verdict(
            hasTraces: unreadCount < findings.count, isOpen: !isComplete || unreadCount > 0)
    }

    /// The answer for a report on what `subjects` are built from.
    package init(
        _ report: SeedReport, in store: StoreDirectory, subjects: some Sequence<StorePath>
    ) {
        header = AnswerHeader(Self.kind, store: store, subjects: subjects)
        seeds = report.seeds
        seedBytes = report.seeds.compactMap(\.size).saturatingSum
        seedItems = report.seedItems
        absentSeedItems = report.absentSeedItems
        earlierItems = report.earlierItems
        outputs = report.outputs
        narHashes = report.narHashes
        fileCount = UInt64(report.fileCount)
        byteCount = report.byteCount
        memberCount = UInt64(report.memberCount)
        memberByteCount = report.memberByteCount
        explained = report.explained.map { Finding($0) }
        findings = report.findings.map { Finding($0) }
    }
}

// MARK: JSON

extension SeedAnswer {
    package var members: [String: JSONValue] {
        [
            "seeds": .array(seeds.map(json)), "seedCount": .count(seeds.count),
            "seedBytes": .count(seedBytes), "seedItems": .paths(seedItems, in: header.store),
            "absentSeedItems": .paths(absentSeedItems, in: header.store),
            "earlierItems": .paths(earlierItems, in: header.store),
            "outputs": .paths(outputs, in: header.store),
            "narHashes": .narHashes(narHashes, in: header.store),
            "fileCount": .count(fileCount), "byteCount": .count(byteCount),
            "memberCount": .count(memberCount), "memberByteCount": .count(memberByteCount),
            "explained": .array(explained.map { $0.json(in: header.store) }),
            "findings": .array(findings.map { $0.json(in: header.store) }),
            "unreadCount": .count(unreadCount), "verdict": .string(verdict.rawValue),
            "clean": .bool(findings.isEmpty), "complete": .bool(isComplete),
        ]
    }

    private func json(_ seed: SeedReport.Seed) -> JSONValue {
        .object([
            "path": .string(header.store.path(of: seed.path)), "hash": .string(seed.digest.sri),
            "size": seed.size.map { .count($0) } ?? .null, "reason": .optional(seed.reason),
        ])
    }

    package init(_ header: AnswerHeader, _ top: ManifestField) throws(ManifestError) {
        let store = header.store
        self.header = header
        seeds = try top.member("seeds").elements { field throws(ManifestError) in
            SeedReport.Seed(
                path: try field.member("path").storePath(in: store),
                digest: try field.member("hash").sri(),
                size: try field.member("size").optional { size throws(ManifestError) in
                    try size.count()
                },
                reason: try field.member("reason").optional { reason throws(ManifestError) in
                    try reason.prose()
                })
        }
        seedBytes = try top.member("seedBytes").count()
        seedItems = try top.member("seedItems").storePaths(in: store)
        absentSeedItems = try top.member("absentSeedItems").storePaths(in: store)
        earlierItems = try top.member("earlierItems").storePaths(in: store)
        outputs = try top.member("outputs").storePaths(in: store)
        narHashes = try top.member("narHashes").narHashes(in: store)
        guard Set(outputs) == Set(narHashes.keys) else {
            throw try top.member("outputs").fail("these are not the paths of 'narHashes'")
        }
        fileCount = try top.member("fileCount").count()
        byteCount = try top.member("byteCount").count()
        memberCount = try top.member("memberCount").count()
        memberByteCount = try top.member("memberByteCount").count()
        explained = try top.member("explained").elements { field throws(ManifestError) in
            try Finding(field, in: store)
        }
        findings = try top.member("findings").elements { field throws(ManifestError) in
            try Finding(field, in: store)
        }
        guard try top.member("complete").bool() == isComplete else {
            throw try top.member("complete").fail("'absentSeedItems' says otherwise")
        }
    }
}

extension SeedAnswer.Finding {
    fileprivate init(_ finding: SeedFinding) {
        output = finding.output
        category = finding.category
        file = finding.file.description
        members = finding.members
        offset = finding.offset
        what = finding.what
        count = UInt64(finding.count)
        explanation = finding.explanation
    }

    fileprivate func json(in store: StoreDirectory) -> JSONValue {
        .object([
            "category": .string(category.rawValue), "what": .string(what),
            "output": .string(store.path(of: output)), "file": .string(file),
            "members": .strings(members), "offset": offset.map { .count($0) } ?? .null,
            "count": .count(count), "explanation": .optional(explanation),
        ])
    }

    fileprivate init(_ field: ManifestField, in store: StoreDirectory) throws(ManifestError) {
        output = try field.member("output").storePath(in: store)
        category = try field.member("category").word(SeedFinding.Category.self)
        file = try field.member("file").prose()
        members = try field.member("members").proses()
        offset = try field.member("offset").optional { offset throws(ManifestError) in
            try offset.count()
        }
        what = try field.member("what").prose()
        count = try field.member("count").count()
        explanation = try field.member("explanation").optional { text throws(ManifestError) in
            try text.prose()
        }
    }
}

// MARK: Whether it stands for something

extension SeedAnswer {
    /// Checks that it stands for `asked`.
    ///
    /// - Parameters:
    ///   - scope: what an audit of `asked` looks at in this store.
    ///   - source: where the answer came from, for the message.
    /// - Throws: ``AnswerError`` when it was of something else, left something out, or looked at
    ///   other bytes.
    package func expectCovers(
        _ asked: StorePath, _ scope: SeedAuditScope, from source: String
    ) throws(AnswerError) {
        func fail(_ reason: AnswerError.Reason) -> AnswerError {
            AnswerError(source, Self.kind, reason)
        }
        guard scope.goals.isSubset(of: narHashes.keys) else {
            throw fail(.otherSubject(about: header.subjects, asked: asked))
        }
        let digests = Dictionary(seeds.map { ($0.path, $0.digest) }) { one, _ in one }
        for (path, digest) in scope.seeds.sorted(by: { $0.key < $1.key }) {
            guard let told = digests[path] else {
                throw fail(.lacks("the seed '\(path)'", asked: asked))
            }
            guard told == digest else {
                throw fail(.otherBytes(path, told: told.sri, here: digest.sri))
            }
        }
        let searched = Set(seeds.map(\.path) + seedItems + earlierItems)
        if let path = scope.forbidden.subtracting(searched).min() {
            throw fail(.lacks("'\(path)', which must not be reached", asked: asked))
        }
        for (path, hash) in scope.outputs.sorted(by: { $0.key < $1.key }) {
            guard let told = narHashes[path] else {
                throw fail(.lacks("'\(path)', which it reaches", asked: asked))
            }
            guard told == hash else {
                throw fail(.otherBytes(path, told: told.prefixedNix32, here: hash.prefixedNix32))
            }
        }
    }
}
