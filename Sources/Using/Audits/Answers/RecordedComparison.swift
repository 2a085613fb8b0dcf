public import Primitives
public import StoreModel

/// What an earlier `audit compare --json` or `audit challenge --json` found, read back.
public struct RecordedComparison: Sendable {
    /// One of those that were compared.
    public struct Side: Hashable, Sendable {
        /// What the user called it.
        public let name: String
        /// The machine, when it says which.
        public let machine: String?
        /// The key that signed it, when one was asked for.
        public let signer: String?
        /// Equal for sides that are one.
        public let party: UInt64
    }

    /// What a side says of a path.
    public struct Word: Hashable, Sendable {
        /// The hash of the bytes.
        public let narHash: Digest
        /// How it came, in a word or two.
        public let origin: String
    }

    /// One path.
    public struct Output: Hashable, Sendable {
        /// The path.
        public let path: StorePath
        /// What the sides say together.
        public let verdict: ComparedOutput.Verdict
        /// How many sides built it themselves.
        public let builderCount: UInt64
        /// What each side says; `nil` where it has none.
        public let words: [Word?]
    }

    /// What was asked about.
    public let header: AnswerHeader
    /// Who was compared.
    public let sides: [Side]
    /// What was noticed about the sides.
    public let remarks: [String]
    /// The paths.
    public let outputs: [StorePath: Output]
    /// The derivations where differences begin.
    public let firsts: Set<StorePath>
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
            bytes, from: source, .compare, in: store,
            members: ["sides", "remarks", "verdict", "counts", "groups", "outputs"]
        ) { header, top throws(ManifestError) in
            try RecordedComparison(header, top, source)
        }
    }

    private init(
        _ header: AnswerHeader, _ top: ManifestField, _ source: String
    ) throws(ManifestError) {
        self.header = header
        self.source = source
        let store = header.store
        let sides = try top.member("sides").elements { field throws(ManifestError) in
            try Self.side(field)
        }
        self.sides = sides
        remarks = try top.member("remarks").elements { field throws(ManifestError) in
            try field.prose(limit: 400)
        }
        _ = try top.member("verdict").word(ComparedOutput.Verdict.self)
        var firsts: Set<StorePath> = []
        for field in try top.member("groups").elements({ field throws(ManifestError) in field }) {
            try field.expectMembers(["derivation", "outputs", "consequences", "uncomparedInputs"])
            for name in ["outputs", "consequences", "uncomparedInputs"] {
                _ = try field.member(name).storePaths(in: store)
            }
            let derivation = try field.member("derivation")
            if !derivation.isNull { firsts.insert(try derivation.storePath(in: store)) }
        }
        self.firsts = firsts
        var outputs: [StorePath: Output] = [:]
        for field in try top.member("outputs").elements({ field throws(ManifestError) in field }) {
            let output = try Self.output(field, sides, store)
            guard outputs.updateValue(output, forKey: output.path) == nil else {
                throw try field.member("path").fail("'\(output.path)' stands twice")
            }
        }
        self.outputs = outputs
        let counts = try top.member("counts")
        for (name, count) in [
            ("outputs", outputs.count),
            ("match", outputs.count { $0.value.verdict == .match }),
            ("mismatch", outputs.count { $0.value.verdict == .mismatch }),
            ("inconclusive", outputs.count { $0.value.verdict == .inconclusive }),
        ] where try counts.member(name).count() != UInt64(count) {
            throw try counts.member(name).fail("\(count) are listed")
        }
    }

    private static func side(_ field: ManifestField) throws(ManifestError) -> Side {
        try field.expectMembers(["name", "entries", "machine", "signer", "countsAs"])
        _ = try field.member("entries").count()
        func text(_ name: String) throws(ManifestError) -> String? {
            try field.member(name).optional { text throws(ManifestError) in
                try text.prose(limit: 400)
            }
        }
        return Side(
            name: try field.member("name").prose(limit: 400), machine: try text("machine"),
            signer: try text("signer"), party: try field.member("countsAs").count())
    }

    private static func output(
        _ field: ManifestField, _ sides: [Side], _ store: StoreDirectory
    ) throws(ManifestError) -> Output {
        try field.expectMembers(["path", "verdict", "derivation", "builders", "sides"])
        _ = try field.member("derivation").optional { path throws(ManifestError) in
            try path.storePath(in: store)
        }
        let words = try field.member("sides").elements { word throws(ManifestError) in
            try word.optional { word throws(ManifestError) in
                try word.expectMembers(["narHash", "narSize", "origin"])
                _ = try word.member("narSize").count()
                return Word(
                    narHash: try word.member("narHash").digest(),
                    origin: try word.member("origin").prose(limit: 400))
            }
        }
        guard words.count == sides.count else {
            throw try field.member("sides").fail("there are \(sides.count) sides")
        }
        let output = Output(
            path: try field.member("path").storePath(in: store),
            verdict: try field.member("verdict").word(ComparedOutput.Verdict.self),
            builderCount: try field.member("builders").count(), words: words)
        let parties = Set(words.indices.filter { words[$0] != nil }.map { sides[$0].party }).count
        let hashes = Set(words.compactMap { $0?.narHash }).count
        let isPossible =
            switch output.verdict {
            case .match: parties > 1 && hashes == 1
            // Sizes or references may differ where the bytes do not.
            case .mismatch: words.count { $0 != nil } > 1
            case .inconclusive: parties < 2 && hashes < 2
            }
        guard isPossible, output.builderCount <= UInt64(parties) else {
            throw try field.member("verdict").fail("what the sides say is something else")
        }
        return output
    }

    /// Checks that it is about `asked`, and about the bytes that are valid here.
    ///
    /// - Parameters:
    ///   - graph: the paths of the derivations behind `asked`, and of their outputs.
    ///   - own: the outputs of `asked` itself.
    ///   - here: the hash of what is valid under a path; `nil` where nothing is.
    /// - Throws: ``AnswerError``; what `here` throws.
    public func expectIsAbout(
        _ asked: StorePath, _ graph: Set<StorePath>, own: Set<StorePath>,
        here: (StorePath) throws -> Digest?
    ) throws {
        let isTold = own.contains { outputs[$0]?.words.contains { $0 != nil } == true }
        guard isTold || header.subjects.contains(where: graph.contains) else {
            throw AnswerError(
                source, .compare, .otherSubject(about: header.subjects, asked: asked))
        }
        for path in graph.sorted() {
            // Where the sides differ, that is what has to be seen, whatever is here.
            guard let output = outputs[path], output.verdict == .match,
                let told = output.words.lazy.compactMap({ $0?.narHash }).first,
                let hash = try here(path), hash != told
            else { continue }
            throw AnswerError(
                source, .compare,
                .otherBytes(path, told: told.prefixedNix32, here: hash.prefixedNix32))
        }
    }
}
