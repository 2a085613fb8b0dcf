package import Primitives
package import StoreModel

/// What `audit compare` and `audit challenge` answer: what several sides have, path by path.
package struct ComparisonAnswer: AuditAnswer, Hashable {
    package static let kind = AnswerHeader.Kind.compare

    /// One of those that were compared.
    package struct Side: Hashable, Sendable {
        /// What the user called it.
        package let name: String
        /// How many paths it has.
        package let entryCount: UInt64
        /// The machine, when it says which.
        package let machine: String?
        /// The key that signed it, when one was asked for.
        package let signer: String?
        /// Equal for sides that are one.
        package let party: UInt64
    }

    /// What a side says of a path.
    package struct Word: Hashable, Sendable {
        /// The hash of the bytes.
        package let narHash: Digest
        /// How many they are.
        package let narSize: UInt64
        /// How they came, in a word or two.
        package let origin: String
    }

    /// One path.
    package struct Output: Hashable, Sendable {
        /// The path.
        package let path: StorePath
        /// What the sides say together.
        package let verdict: ComparedOutput.Verdict
        /// The derivation that makes it, when a side tells.
        package let derivation: StorePath?
        /// How many sides built it themselves.
        package let builderCount: UInt64
        /// What each side says; `nil` where it has none.
        package let words: [Word?]
    }

    /// Where differences begin, and what follows.
    package struct Group: Hashable, Sendable {
        /// The derivation; `nil` for a path of which no side tells one.
        package let derivation: StorePath?
        /// Its outputs that differ.
        package let outputs: [StorePath]
        /// What differs because of them.
        package let consequences: [StorePath]
        /// What it was built from that could not be compared.
        package let uncomparedInputs: [StorePath]
    }

    package let header: AnswerHeader
    /// Who was compared.
    package let sides: [Side]
    /// What should be known of the sides, in sentences.
    package let remarks: [String]
    /// Where differences begin, in the order of the graph.
    package let groups: [Group]
    /// The paths.
    package let outputs: [Output]

    /// How many paths have this verdict.
    package func count(_ verdict: ComparedOutput.Verdict) -> Int {
        outputs.count { $0.verdict == verdict }
    }

    /// How many paths at least two sides built themselves, and alike.
    package var builtTwiceCount: Int {
        outputs.count { $0.verdict == .match && $0.builderCount > 1 }
    }

    /// How many paths differ where differences begin.
    package var firstCount: Int { groups.reduce(0) { $0 + $1.outputs.count } }
    /// How many differ because of these.
    package var followingCount: Int { groups.reduce(0) { $0 + $1.consequences.count } }

    /// What it comes to: a match only when everything matches.
    package var verdict: ComparedOutput.Verdict {
        if count(.mismatch) > 0 { return .mismatch }
        return !outputs.isEmpty && count(.match) == outputs.count ? .match : .inconclusive
    }

    /// The answer for a comparison; `subjects` are empty when it was asked about everything.
    package init(_ comparison: AuditComparison, subjects: some Sequence<StorePath>) {
        header = AnswerHeader(
            Self.kind, store: comparison.sides[0].manifest.store, subjects: subjects)
        sides = zip(comparison.sides, comparison.parties).map { side, party in
            Side(
                name: side.name, entryCount: UInt64(side.manifest.entries.count),
                machine: side.manifest.machine?.description, signer: side.signer,
                party: UInt64(party))
        }
        remarks = comparison.remarks
        groups = comparison.groups.map {
            Group(
                derivation: $0.deriver, outputs: $0.outputs, consequences: $0.consequences,
                uncomparedInputs: $0.uncomparedInputs)
        }
        outputs = comparison.outputs.map { output in
            Output(
                path: output.path, verdict: output.verdict, derivation: output.deriver,
                builderCount: UInt64(output.builderCount),
                words: output.entries.map { entry in
                    entry.map {
                        Word(
                            narHash: $0.narHash, narSize: $0.narSize, origin: $0.origin.summary)
                    }
                })
        }
    }
}

// MARK: JSON

extension ComparisonAnswer {
    package var members: [String: JSONValue] {
        [
            "sides": .array(sides.map(\.json)), "remarks": .strings(remarks),
            "verdict": .string(verdict.rawValue),
            "counts": .object([
                "outputs": .count(outputs.count), "match": .count(count(.match)),
                "matchBuiltTwice": .count(builtTwiceCount), "mismatch": .count(count(.mismatch)),
                "inconclusive": .count(count(.inconclusive)),
                "mismatchFirst": .count(firstCount), "mismatchFollowing": .count(followingCount),
            ]),
            "groups": .array(groups.map { $0.json(in: header.store) }),
            "outputs": .array(outputs.map { $0.json(in: header.store) }),
        ]
    }

    package init(_ header: AnswerHeader, _ top: ManifestField) throws(ManifestError) {
        self.header = header
        let store = header.store
        let sides = try top.member("sides").elements { field throws(ManifestError) in
            try Side(field)
        }
        self.sides = sides
        remarks = try top.member("remarks").proses()
        groups = try top.member("groups").elements { field throws(ManifestError) in
            try Group(field, in: store)
        }
        var known: Set<StorePath> = []
        outputs = try top.member("outputs").elements { field throws(ManifestError) -> Output in
            let output = try Output(field, sides, in: store)
            guard known.insert(output.path).inserted else {
                throw try field.member("path").fail("'\(output.path)' stands twice")
            }
            return output
        }
    }
}

extension ComparisonAnswer.Side {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "entries": .count(entryCount), "machine": .optional(machine),
            "signer": .optional(signer), "countsAs": .count(party),
        ])
    }

    fileprivate init(_ field: ManifestField) throws(ManifestError) {
        func text(_ name: String) throws(ManifestError) -> String? {
            try field.member(name).optional { text throws(ManifestError) in try text.prose() }
        }
        name = try field.member("name").prose()
        entryCount = try field.member("entries").count()
        machine = try text("machine")
        signer = try text("signer")
        party = try field.member("countsAs").count()
    }
}

extension ComparisonAnswer.Group {
    fileprivate func json(in store: StoreDirectory) -> JSONValue {
        .object([
            "derivation": .optional(derivation.map(store.path(of:))),
            "outputs": .paths(outputs, in: store), "consequences": .paths(consequences, in: store),
            "uncomparedInputs": .paths(uncomparedInputs, in: store),
        ])
    }

    fileprivate init(_ field: ManifestField, in store: StoreDirectory) throws(ManifestError) {
        derivation = try field.member("derivation").optional { path throws(ManifestError) in
            try path.storePath(in: store)
        }
        outputs = try field.member("outputs").storePaths(in: store)
        consequences = try field.member("consequences").storePaths(in: store)
        uncomparedInputs = try field.member("uncomparedInputs").storePaths(in: store)
    }
}

extension ComparisonAnswer.Output {
    fileprivate func json(in store: StoreDirectory) -> JSONValue {
        .object([
            "path": .string(store.path(of: path)), "verdict": .string(verdict.rawValue),
            "derivation": .optional(derivation.map(store.path(of:))),
            "builders": .count(builderCount),
            "sides": .array(
                words.map { word in
                    word.map {
                        .object([
                            "narHash": .string($0.narHash.prefixedNix32),
                            "narSize": .count($0.narSize), "origin": .string($0.origin),
                        ])
                    } ?? .null
                }),
        ])
    }

    fileprivate init(
        _ field: ManifestField, _ sides: [ComparisonAnswer.Side], in store: StoreDirectory
    ) throws(ManifestError) {
        path = try field.member("path").storePath(in: store)
        verdict = try field.member("verdict").word(ComparedOutput.Verdict.self)
        derivation = try field.member("derivation").optional { path throws(ManifestError) in
            try path.storePath(in: store)
        }
        builderCount = try field.member("builders").count()
        words = try field.member("sides").elements { word throws(ManifestError) in
            try word.optional { word throws(ManifestError) in
                ComparisonAnswer.Word(
                    narHash: try word.member("narHash").digest(),
                    narSize: try word.member("narSize").count(),
                    origin: try word.member("origin").prose())
            }
        }
        guard words.count == sides.count else {
            throw try field.member("sides").fail("there are \(sides.count) sides")
        }
        guard isPossible(sides) else {
            throw try field.member("verdict").fail("what the sides say is something else")
        }
    }

    /// Whether the sides can have said what the verdict sums up.
    private func isPossible(_ sides: [ComparisonAnswer.Side]) -> Bool {
        let parties = Set(words.indices.filter { words[$0] != nil }.map { sides[$0].party }).count
        let hashes = Set(words.compactMap { $0?.narHash }).count
        guard builderCount <= UInt64(parties) else { return false }
        return switch verdict {
        case .match: parties > 1 && hashes == 1
        // Sizes or references may differ where the bytes do not.
        case .mismatch: words.count { $0 != nil } > 1
        case .inconclusive: parties < 2 && hashes < 2
        }
    }
}

// MARK: Whether it stands for something

extension ComparisonAnswer {
    /// Checks that it is about `asked`, and about the bytes that are valid here.
    ///
    /// - Parameters:
    ///   - graph: the paths of the derivations behind `asked`, and of their outputs.
    ///   - own: the outputs of `asked` itself.
    ///   - source: where the answer came from, for the message.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Throws: ``AnswerError``; what `here` throws.
    package func expectIsAbout(
        _ asked: StorePath, _ graph: Set<StorePath>, own: Set<StorePath>, from source: String,
        here: (StorePath) throws -> Digest?
    ) throws {
        let told = Dictionary(outputs.map { ($0.path, $0) }) { one, _ in one }
        let isTold = own.contains { told[$0]?.words.contains { $0 != nil } == true }
        guard isTold || header.subjects.contains(where: graph.contains) else {
            throw AnswerError(
                source, Self.kind, .otherSubject(about: header.subjects, asked: asked))
        }
        for path in graph.sorted() {
            // Where the sides differ, that is what has to be seen, whatever is here.
            guard let output = told[path], output.verdict == .match,
                let said = output.words.lazy.compactMap({ $0?.narHash }).first,
                let hash = try here(path), hash != said
            else { continue }
            throw AnswerError(
                source, Self.kind,
                .otherBytes(path, told: said.prefixedNix32, here: hash.prefixedNix32))
        }
    }
}
