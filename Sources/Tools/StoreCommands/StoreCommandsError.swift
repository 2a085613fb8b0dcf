import Primitives

/// Why a command could not do its work.
package enum StoreCommandsError: Error, Sendable, CustomStringConvertible {
    /// The reader of standard output went away: nobody is left to tell.
    case outputClosed
    /// An argument that is well formed but cannot be used: what it is, and why.
    case badArgument(String, reason: String)
    /// A file that holds something else than it should.
    case badFile(String, reason: String)
    /// A question that the store has no answer to.
    case notFound(String)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .outputClosed: "the reader of the output is gone"
        // Either may be a URL that somebody gave with a password.
        case .badArgument(let argument, let reason):
            "'\(URLRedaction.redact(in: argument).oneLine)': \(reason)"
        case .badFile(let path, let reason): "'\(URLRedaction.redact(in: path).oneLine)': \(reason)"
        case .notFound(let sentence): sentence
        }
    }
}
