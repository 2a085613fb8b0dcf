package import Primitives
package import StoreModel

/// What building one derivation again showed.
package struct RebuildRecord: Hashable, Sendable {
    /// A difference of one output, between what is valid and a build that was not the same.
    package struct Difference: Hashable, Sendable {
        /// The output.
        package let output: StorePath
        /// What was varied in that build.
        package let varied: [Variation]
        /// Where it differs.
        package let report: DifferenceReport

        /// A difference from its parts.
        package init(output: StorePath, varied: [Variation], report: DifferenceReport) {
            self.output = output
            self.varied = varied
            self.report = report
        }
    }

    /// The derivation.
    package let derivation: StorePath
    /// The valid outputs it was compared with, and the hash of their bytes.
    package let narHashes: [StorePath: Digest]
    /// What it comes to.
    package let verdict: RebuildVerdict
    /// How many builds it took.
    package let builds: Int
    /// The differences that show the verdict.
    package let differences: [Difference]

    /// A record from its parts.
    package init(
        derivation: StorePath, narHashes: [StorePath: Digest], verdict: RebuildVerdict,
        builds: Int, differences: [Difference]
    ) {
        self.derivation = derivation
        self.narHashes = narHashes
        self.verdict = verdict
        self.builds = builds
        self.differences = differences
    }

    /// What probably made the differences.
    package var likelyCauses: [LikelyCause] {
        Set(differences.flatMap(\.report.causes)).sorted()
    }

    /// Whether the time is to blame: another second in every build, and a time stamp in the bytes.
    private var isTime: Bool { verdict == .notRepeatable && likelyCauses.contains(.timestamp) }

    /// What makes a difference: each of these sets alone does.
    package var blame: [[Variation]] { isTime ? [[.time]] : verdict.blame }

    /// The sentence after the derivation's name.
    package var sentence: String {
        switch verdict {
        case .same: return "the same in \(builds) builds"
        case .varies(let sets): return "depends on " + Self.text(sets)
        case .changed(let sets):
            let more = sets.isEmpty ? "" : ", and depends on " + Self.text(sets)
            return "builds agree with each other, but not with what is valid\(more)"
        case .notRepeatable:
            return isTime
                ? "depends on time: another time stamp in each build"
                : "not repeatable: differs each time in the same surroundings (chance, time, or "
                    + "the order in which processes run)"
        case .failed(let set, let reason):
            let condition = set.isEmpty ? "" : " when varied: " + Self.text([set])
            return "cannot be built again\(condition): \(reason)"
        }
    }

    private static func text(_ sets: [[Variation]]) -> String {
        sets.map { $0.map(\.rawValue).joined(separator: " with ") }.joined(separator: ", ")
    }
}

// MARK: JSON

extension RebuildRecord {
    func json(in store: StoreDirectory) -> JSONValue {
        var reason: JSONValue = .null
        if case .failed(_, let text) = verdict { reason = .string(text) }
        return .object([
            "derivation": .string(store.path(of: derivation)),
            "verdict": .string(verdict.word), "builds": .count(builds),
            "blame": .array(blame.map { .strings($0.map(\.rawValue)) }), "reason": reason,
            "narHashes": .narHashes(narHashes, in: store),
            "likelyCauses": .strings(likelyCauses.map(\.rawValue)),
            "differences": .array(
                differences.map {
                    .object([
                        "output": .string(store.path(of: $0.output)),
                        "varied": .strings($0.varied.map(\.rawValue)),
                        "difference": $0.report.json,
                    ])
                }),
        ])
    }

    init(_ field: ManifestField, in store: StoreDirectory) throws(ManifestError) {
        derivation = try field.member("derivation").storePath(in: store)
        narHashes = try field.member("narHashes").narHashes(in: store)
        differences = try field.member("differences").elements { item throws(ManifestError) in
            Difference(
                output: try item.member("output").storePath(in: store),
                varied: try item.member("varied").variations(),
                report: try DifferenceReport(item.member("difference")))
        }
        let number = try field.member("builds").count()
        guard number > 0 else {
            throw try field.member("builds").fail("a verdict takes at least one build")
        }
        builds = Int(clamping: number)
        let word = try field.member("verdict").string()
        let blame = try field.member("blame").elements { set throws(ManifestError) in
            try set.variations()
        }
        let reason = try field.member("reason").optional { reason throws(ManifestError) in
            try reason.prose()
        }
        guard let verdict = RebuildVerdict(word: word, blame: blame, reason: reason) else {
            throw try field.member("verdict").fail(
                "'\(word)' is no verdict, or none with this blame and reason")
        }
        guard verdict != .same || differences.isEmpty else {
            throw try field.member("verdict").fail("what is the same has no differences")
        }
        self.verdict = verdict
    }
}

extension ManifestField {
    func variations() throws(ManifestError) -> [Variation] {
        try elements { word throws(ManifestError) in try word.word(Variation.self) }
    }

    /// A list of two.
    func pair<Element>(
        _ read: (ManifestField) throws(ManifestError) -> Element
    ) throws(ManifestError) -> (Element, Element) {
        let both = try elements(read)
        guard both.count == 2 else { throw fail("two values belong here") }
        return (both[0], both[1])
    }
}
