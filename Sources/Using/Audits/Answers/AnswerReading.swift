import Primitives
import StoreModel

extension AnswerHeader {
    /// The most values that an answer may hold: what bounds the memory.
    private static let maximumValues = 10_000_000

    /// Reads an answer: every member that the form has must be there, and no other.
    ///
    /// - Parameters:
    ///   - source: the file, for messages.
    ///   - here: the store directory that it must be about.
    ///   - names: the members beside those of the header.
    ///   - body: reads these.
    static func read<Answer>(
        _ bytes: [UInt8], from source: String, _ kind: Kind, in here: StoreDirectory,
        members names: Set<String>,
        _ body: (AnswerHeader, ManifestField) throws(ManifestError) -> Answer
    ) throws(AnswerError) -> Answer {
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
        guard json["version"]?.integer == version else {
            let reason = "only version \(version) of the form is known to this program"
            throw AnswerError(source, kind, .notTheAnswer(reason))
        }
        /// A field that cannot be used is an answer that cannot be used.
        func checked<Value>(
            _ body: () throws(ManifestError) -> Value
        ) throws(AnswerError) -> Value {
            do { return try body() } catch {
                guard case .field(let place, let reason) = error.reason else {
                    throw AnswerError(source, kind, .notTheAnswer(error.description))
                }
                throw AnswerError(source, kind, .field(place: place, reason: reason))
            }
        }
        let top = ManifestField(json, "", source)
        let header = try checked { () throws(ManifestError) in
            let store = try top.member("store").storeDirectory()
            return AnswerHeader(
                kind, store: store, subjects: try top.member("subjects").storePaths(in: store))
        }
        guard header.store == here else {
            throw AnswerError(source, kind, .otherStore(header.store, here: here))
        }
        return try checked { () throws(ManifestError) in
            try top.expectMembers(names.union(Self.names))
            return try body(header, top)
        }
    }
}
