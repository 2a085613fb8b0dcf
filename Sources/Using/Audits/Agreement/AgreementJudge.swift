import Primitives
package import StoreModel

/// Asks signed manifests and caches whether a policy is met.
///
/// Only a signature makes a word a builder's: of the whole manifest, or of one path. What a
/// manifest's writer took from elsewhere is not its own word.
package struct AgreementJudge: Sendable {
    private struct Word {
        let builder: String
        /// Equal for words that come from one place, whatever the builders call themselves.
        let place: String
        let entry: ManifestEntry
    }

    private let policy: AgreementPolicy
    private let store: StoreDirectory
    private var words: [StorePath: [Word]] = [:]
    /// What should be known of the sides, in sentences.
    package private(set) var remarks: [String] = []

    /// A judge that has heard `sides`.
    ///
    /// - Throws: ``AuditError/otherStore(_:_:)``.
    package init(
        _ policy: AgreementPolicy, _ sides: [AuditSide], store: StoreDirectory
    ) throws(AuditError) {
        self.policy = policy
        self.store = store
        let comparison = try AuditComparison(sides, only: [])
        remarks = comparison.remarks
        for (index, side) in sides.enumerated() {
            guard side.manifest.store == store else {
                throw .otherStore(
                    "\(side.name) is of '\(side.manifest.store)'", "this store is '\(store)'")
            }
            hear(side, place: "side \(comparison.parties[index])")
        }
    }

    private mutating func hear(_ side: AuditSide, place: String) {
        let text = side.manifest.signatures.isEmpty ? "" : side.manifest.signedText
        let authors = policy.builders.filter {
            $0.value.signer(of: text, side.manifest.signatures) != nil
        }.keys.sorted()
        var isHeard = !authors.isEmpty
        for (path, entry) in side.manifest.entries {
            if side.manifest.machine == nil || entry.origin.isOwnWork {
                for builder in authors {
                    words[path, default: []].append(
                        Word(builder: builder, place: place, entry: entry))
                }
            }
            let signed = signedWords(entry).filter { !authors.contains($0.builder) }
            guard !signed.isEmpty else { continue }
            isHeard = true
            words[path, default: []] += signed
        }
        if !isHeard { remarks.append("\(side.name): nothing in it is signed by a named builder") }
    }

    /// The words of the builders who signed an entry by itself.
    private func signedWords(_ entry: ManifestEntry) -> [Word] {
        guard !entry.signatures.isEmpty else { return [] }
        let fingerprint = entry.fingerprint(in: store)
        return policy.builders.filter { $0.value.signer(of: fingerprint, entry.signatures) != nil }
            .map { Word(builder: $0.key, place: "builder \($0.key)", entry: entry) }
    }

    /// All paths that were spoken of.
    package var paths: Set<StorePath> { Set(words.keys) }

    /// Judges one path.
    ///
    /// - Parameters:
    ///   - local: what is here, or is offered; `nil` when nothing is.
    ///   - said: what else is said of the path, such as by caches: counts as far as builders signed it.
    package func verdict(
        _ path: StorePath, local: ManifestEntry?, alsoSaid said: [ManifestEntry] = []
    ) -> AgreementVerdict {
        guard let rule = policy.rule(for: path.name) else {
            return AgreementVerdict(
                path: path, kind: .unruled, rule: nil, words: [], agreeingCount: 0, local: local)
        }
        let named = Set(rule.builders)
        let heard = ((words[path] ?? []) + said.flatMap { signedWords($0) })
            .filter { named.contains($0.builder) }
            .sorted { $0.builder < $1.builder }
        var opinions: [(entry: ManifestEntry, words: [Word])] = []
        for word in heard {
            if let index = opinions.firstIndex(where: { $0.entry.hasSameContents(as: word.entry) })
            {
                opinions[index].words.append(word)
            } else {
                opinions.append((word.entry, [word]))
            }
        }
        // Who says two things says nothing for either.
        let contradictory = Set(
            named.filter { builder in
                opinions.count { $0.words.contains { $0.builder == builder } } > 1
            })
        let counted = opinions.map { opinion -> (ManifestEntry, Int) in
            let consistent = opinion.words.filter { !contradictory.contains($0.builder) }
            return (opinion.entry, Self.count(consistent))
        }.sorted { $0.1 > $1.1 }
        let best = counted.first
        let isEnough = best.map { $0.1 >= rule.count } ?? false
        let isRivalled = counted.count > 1 && counted[1].1 >= rule.count
        let fitsLocal =
            best.flatMap { best in local.map { $0.hasSameContents(as: best.0) } } ?? true
        let kind: AgreementVerdict.Kind =
            if isEnough, !isRivalled, fitsLocal {
                .agreed
            } else if isEnough || opinions.count > 1 || !fitsLocal {
                .disputed
            } else {
                .lacking
            }
        return AgreementVerdict(
            path: path, kind: kind, rule: rule, words: heard.map { ($0.builder, $0.entry) },
            agreeingCount: best?.1 ?? 0, local: local)
    }

    /// How many are behind these words: one builder with several words is one, and so are several
    /// builders whose words come from one place.
    private static func count(_ words: [Word]) -> Int {
        min(Set(words.map(\.builder)).count, Set(words.map(\.place)).count)
    }
}

extension ManifestOrigin {
    /// Whether who says so can answer for the bytes: built, or fetched and checked, or added there.
    fileprivate var isOwnWork: Bool {
        switch self {
        case .built, .added, .fetched: true
        case .substituted, .imported, .unknown: false
        }
    }
}
