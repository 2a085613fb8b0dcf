package import StoreModel

/// Why an answer of an audit cannot stand for what is asked. Nothing of such a file is used.
package struct AnswerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Hashable, Sendable {
        /// Not JSON, or cut off.
        case notJSON(String)
        /// JSON, but not the answer of the audit that is wanted.
        case notTheAnswer(String)
        /// A field is missing, unknown, or cannot be used; `place` is its way.
        case field(place: String, reason: String)
        /// It is of another store directory.
        case otherStore(StoreDirectory, here: StoreDirectory)
        /// It is about something else.
        case otherSubject(about: [StorePath], asked: StorePath)
        /// It says nothing of something that belongs to what is asked.
        case lacks(String, asked: StorePath)
        /// It is about other bytes of a path than those that are valid here.
        case otherBytes(StorePath, told: String, here: String)
    }

    /// The file.
    package let source: String
    /// The audit that gives such answers.
    package let kind: AnswerHeader.Kind
    /// What is wrong.
    package let reason: Reason

    init(_ source: String, _ kind: AnswerHeader.Kind, _ reason: Reason) {
        self.source = source
        self.kind = kind
        self.reason = reason
    }

    /// The sentence a user reads.
    package var description: String { "'\(source)': \(text)" }

    private var text: String {
        switch reason {
        case .notJSON(let reason): return "not JSON, or not all of it: \(reason)"
        case .notTheAnswer(let reason):
            return "not an answer of the type '\(kind.type)': \(reason)"
        case .field(let place, let reason): return "\(place): \(reason)"
        case .otherStore(let store, let here):
            return "it is about the store directory '\(store)', and this one is '\(here)'"
        case .otherSubject(let about, let asked):
            let some = about.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            let more = about.count > 3 ? " and \(about.count - 3) more" : ""
            let what = about.isEmpty ? "other paths" : some + more
            return "it is about \(what), and says nothing of '\(asked)'"
        case .lacks(let what, let asked):
            return "it does not cover '\(asked)': it says nothing of \(what)"
        case .otherBytes(let path, let told, let here):
            return "it is about other bytes of '\(path)' (\(told)) than are valid here (\(here))"
        }
    }
}
