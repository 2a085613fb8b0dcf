public import Primitives
public import StoreModel

/// What a JSON answer of an audit says before anything else: which audit gave it, and about what. Without
/// it an answer could be held up as proof of something that nobody looked at.
public struct AnswerHeader: Hashable, Sendable {
    /// The audits whose answers `audit report` reads.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// `audit seeds`.
        case seeds
        /// `audit rebuild`.
        case rebuild
        /// `audit compare` and `audit challenge`.
        case compare
        /// `audit policy`.
        case policy

        /// What stands in `type`.
        var type: String { "nodeos-store audit \(rawValue)" }
    }

    /// The version of all four forms that is written; no other is read.
    public static let version: Int64 = 1
    /// The names of ``members``.
    static let names: Set = ["type", "version", "store", "subjects"]

    /// Which audit.
    public let kind: Kind
    /// The store directory of all paths.
    public let store: StoreDirectory
    /// What the audit was asked about, sorted; empty when that was everything there is.
    public let subjects: [StorePath]

    /// A header from its parts.
    public init(_ kind: Kind, store: StoreDirectory, subjects: some Sequence<StorePath>) {
        self.kind = kind
        self.store = store
        self.subjects = Set(subjects).sorted()
    }

    /// The members that an answer begins with.
    public var members: [String: JSONValue] {
        [
            "type": .string(kind.type), "version": .integer(Self.version),
            "store": .string(store.path), "subjects": .strings(subjects.map(store.path(of:))),
        ]
    }
}

extension JSONValue {
    /// NAR hashes by the full path of what they are of: the bytes that an answer is about.
    public static func narHashes(
        _ hashes: [StorePath: Digest], in store: StoreDirectory
    ) -> JSONValue {
        let pairs = hashes.map { (store.path(of: $0), JSONValue.string($1.prefixedNix32)) }
        return .object(Dictionary(pairs) { one, _ in one })
    }
}
