package import StoreModel

/// What named builders say of one path, and whether that is enough.
package struct AgreementVerdict: Sendable {
    /// The verdict.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// So many builders as the rule asks for say the same, and it is what is here.
        case agreed
        /// They say different things, or not what is here.
        case disputed
        /// Fewer builders than the rule asks for say anything.
        case lacking
        /// No rule is about it.
        case unruled
    }

    /// The path.
    package let path: StorePath
    /// The verdict.
    package let kind: Kind
    /// The rule; `nil` when there is none.
    package let rule: AgreementPolicy.Rule?
    /// What was said, by each builder that the rule names and that said something, by name. Who
    /// contradicts itself stands here more than once.
    package let words: [(builder: String, entry: ManifestEntry)]
    /// How many builders, that are not one, say what most say.
    package let agreeingCount: Int
    /// What is here; `nil` when it is not.
    package let local: ManifestEntry?

    /// A verdict from its parts.
    package init(
        path: StorePath, kind: Kind, rule: AgreementPolicy.Rule?,
        words: [(builder: String, entry: ManifestEntry)], agreeingCount: Int,
        local: ManifestEntry?
    ) {
        self.path = path
        self.kind = kind
        self.rule = rule
        self.words = words
        self.agreeingCount = agreeingCount
        self.local = local
    }
}
