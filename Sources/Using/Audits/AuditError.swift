import Glibc
public import StoreModel
import SystemSupport

/// Why an audit could not be made.
public enum AuditError: Error, Sendable, CustomStringConvertible {
    /// Outputs that the audit is about are not valid in the store: nothing can be said of them.
    case notValid([StorePath])
    /// No derivation in the store says how the path was made.
    case noDeriver(StorePath)
    /// The graph has no seeds: nothing to be shown.
    case noSeeds(StorePath)
    /// A system call failed.
    case system(operation: String, path: String, code: Int32)
    /// A file became shorter while it was read.
    case changed(String)
    /// Two sides are of different store directories: equal contents would have other hashes.
    case otherStore(String, String)
    /// What the sides say cannot all be true.
    case contradiction(String)
    /// There is nothing at the URL of a manifest.
    case noManifest(String)
    /// The list of known mentions, which the program carries, cannot be read.
    case badKnowledge(String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .notValid(let paths):
            "\(paths.count) outputs are not valid, so nothing can be said of them; realise them "
                + "first:" + paths.prefix(10).map { "\n  \($0)" }.joined()
                + (paths.count > 10 ? "\n  and \(paths.count - 10) more" : "")
        case .noDeriver(let path):
            "'\(path)' has no derivation in this store, so how it was made is not known"
        case .noSeeds(let path):
            "nothing that '\(path)' is built from says that it is a seed (stage = seed in its "
                + "derivation)"
        case .system(let operation, let path, let code):
            "cannot \(operation) '\(path)': \(systemMessage(code))"
        case .changed(let path):
            "'\(path)' changed while it was read; try again when nothing writes to it"
        case .otherStore(let one, let other):
            "\(one), but \(other): hashes depend on the store directory, so nothing can be compared"
        case .contradiction(let sentence): sentence
        case .noManifest(let url): "'\(url)': there is no manifest"
        case .badKnowledge(let reason): "the list of known mentions: \(reason)"
        }
    }
}
