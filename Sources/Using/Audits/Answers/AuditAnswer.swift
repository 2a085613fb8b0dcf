package import Primitives
package import StoreModel

/// What an audit answers, as a value that is written as JSON and read back: one command prints it, another
/// judges by it.
///
/// Reading takes exactly what writing makes. Whatever a file says beside that, leaves out, or contradicts
/// itself in is an ``AnswerError``.
package protocol AuditAnswer: Sendable {
    /// The audit that gives it.
    static var kind: AnswerHeader.Kind { get }
    /// What it is about.
    var header: AnswerHeader { get }
    /// What it says, beside ``header``.
    var members: [String: JSONValue] { get }

    /// Reads ``members``. What follows from the rest of an answer need not be looked at here.
    init(_ header: AnswerHeader, _ top: ManifestField) throws(ManifestError)
}

/// What an answer of an audit says before anything else: which audit gave it, and about what. Without
/// it an answer could be held up as proof of something that nobody looked at.
package struct AnswerHeader: Hashable, Sendable {
    /// The audits whose answers are read.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
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
    static let version: Int64 = 1

    /// Which audit.
    package let kind: Kind
    /// The store directory of all paths.
    package let store: StoreDirectory
    /// What the audit was asked about, sorted; empty when that was everything there is.
    package let subjects: [StorePath]

    /// A header from its parts.
    package init(_ kind: Kind, store: StoreDirectory, subjects: some Sequence<StorePath>) {
        self.kind = kind
        self.store = store
        self.subjects = Set(subjects).sorted()
    }

    /// The members that an answer begins with.
    var members: [String: JSONValue] {
        [
            "type": .string(kind.type), "version": .integer(Self.version),
            "store": .string(store.path), "subjects": .strings(subjects.map(store.path(of:))),
        ]
    }
}

extension AuditAnswer {
    /// The answer for programs.
    package var json: JSONValue { .object(header.members.merging(members) { $1 }) }

    /// Reads an answer.
    ///
    /// - Parameters:
    ///   - source: the file, for messages.
    ///   - here: the store directory that it must be about.
    /// - Throws: ``AnswerError``.
    package init(
        parsing bytes: [UInt8], from source: String, in here: StoreDirectory
    ) throws(AnswerError) {
        let kind = Self.kind
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes.span, maximumValues: maximumValues) } catch {
            throw AnswerError(source, kind, .notJSON(error.description))
        }
        guard let type = json["type"]?.string, json["version"]?.integer != nil else {
            let reason = "it does not say what it is; answers of earlier versions did not"
            throw AnswerError(source, kind, .notTheAnswer(reason))
        }
        guard type == kind.type else {
            throw AnswerError(source, kind, .notTheAnswer("it says that it is '\(type)'"))
        }
        guard json["version"]?.integer == AnswerHeader.version else {
            let reason = "only version \(AnswerHeader.version) of the form is known to this program"
            throw AnswerError(source, kind, .notTheAnswer(reason))
        }
        let top = ManifestField(json, "", source)
        let header = try reading(source, kind) { () throws(ManifestError) in
            let store = try top.member("store").storeDirectory()
            return AnswerHeader(
                kind, store: store, subjects: try top.member("subjects").storePaths(in: store))
        }
        guard header.store == here else {
            throw AnswerError(source, kind, .otherStore(header.store, here: here))
        }
        self = try reading(source, kind) { () throws(ManifestError) in
            let answer = try Self(header, top)
            try top.expect(answer.json)
            return answer
        }
    }
}

/// The most values that an answer may hold: what bounds the memory.
private let maximumValues = 10_000_000

/// Runs `body`; a field that cannot be used is an answer that cannot be used.
private func reading<Value>(
    _ source: String, _ kind: AnswerHeader.Kind, _ body: () throws(ManifestError) -> Value
) throws(AnswerError) -> Value {
    do { return try body() } catch {
        guard case .field(let place, let reason) = error.reason else {
            throw AnswerError(source, kind, .notTheAnswer(error.description))
        }
        throw AnswerError(source, kind, .field(place: place, reason: reason))
    }
}

extension ManifestField {
    /// Checks that this says what `written` says, member for member.
    ///
    /// - Throws: an error with the first place where it does not.
    fileprivate func expect(_ written: JSONValue) throws(ManifestError) {
        if value == written { return }
        switch (value, written) {
        case (.object, .object(let known)):
            try expectMembers(Set(known.keys))
            for (name, value) in known.sorted(by: { $0.key < $1.key }) {
                try member(name).expect(value)
            }
        case (.array(let given), .array(let known)) where given.count == known.count:
            let fields = try elements { field throws(ManifestError) in field }
            for (field, value) in zip(fields, known) { try field.expect(value) }
        case (.array, .array(let known)):
            throw fail("the rest of the answer makes it \(known.count) values")
        default:
            let text = String(decoding: written.text(isPretty: false), as: UTF8.self)
            throw fail("the rest of the answer makes it \(text.prefix(100))")
        }
    }
}

extension JSONValue {
    /// NAR hashes by the full path of what they are of: the bytes that an answer is about.
    static func narHashes(_ hashes: [StorePath: Digest], in store: StoreDirectory) -> JSONValue {
        let pairs = hashes.map { (store.path(of: $0), JSONValue.string($1.prefixedNix32)) }
        return .object(Dictionary(pairs) { one, _ in one })
    }

    /// The paths in full.
    static func paths(_ paths: [StorePath], in store: StoreDirectory) -> JSONValue {
        .strings(paths.map(store.path(of:)))
    }
}
