import Glibc
import Primitives

/// Why a command could not do its work.
public enum StoreCommandsError: Error, Sendable, CustomStringConvertible {
    /// The reader of standard output went away: nobody is left to tell.
    case outputClosed
    /// A system call failed: its name, the path, `errno`.
    case system(String, String, Int32)
    /// A FIFO, device, socket or directory where a file is expected.
    case notARegularFile(String)
    /// An argument that is well formed but cannot be used: what it is, and why.
    case badArgument(String, reason: String)
    /// A file that holds something else than it should.
    case badFile(String, reason: String)
    /// A question that the store has no answer to.
    case notFound(String)

    /// The system gives this process no second thread: `errno`.
    case noThreads(Int32)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .outputClosed: "the reader of the output is gone"
        case .system(let call, let path, let code):
            "cannot \(call) '\(path.oneLine)': \(unsafe String(cString: strerror(code)))"
        case .notARegularFile(let path): "'\(path.oneLine)' is not a regular file"
        // Either may be a URL that somebody gave with a password.
        case .badArgument(let argument, let reason):
            "'\(URLRedaction.redact(in: argument).oneLine)': \(reason)"
        case .badFile(let path, let reason): "'\(URLRedaction.redact(in: path).oneLine)': \(reason)"
        case .notFound(let sentence): sentence
        case .noThreads(let code):
            "cannot start a thread: \(unsafe String(cString: strerror(code))); raise the limit of "
                + "memory ('ulimit -d' or '-v'; 64 MiB are enough) or of processes ('ulimit -u')"
        }
    }
}
