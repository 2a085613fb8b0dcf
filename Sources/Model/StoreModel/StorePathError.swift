/// Why a text is not a store path.
public enum StorePathError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path does not lie directly in the store directory.
    case notInStore(String, store: String)
    /// The base name is too short to hold a hash part, a dash and a name.
    case tooShort(String)
    /// The hash part holds a character that nix32 does not have, or no dash follows it.
    case badHashPart(String)
    /// The name is empty, too long, or holds a character that names may not have.
    case badName(String, reason: String)
    /// A store directory must be an absolute, normalised path.
    case badStoreDirectory(String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .notInStore(let path, let store):
            "'\(path)' is not a path directly in the store '\(store)'"
        case .tooShort(let text):
            "'\(text)' is too short for a store path: it needs 32 characters of hash, '-', a name"
        case .badHashPart(let text):
            "'\(text)' does not begin with 32 characters of nix32 and '-'"
        case .badName(let name, let reason):
            "'\(name)' is not a store path name: \(reason)"
        case .badStoreDirectory(let path):
            "'\(path)' is not a store directory: it must be absolute, without '.', '..', '//' or a "
                + "'/' at the end, of text in UTF-8 without control characters"
        }
    }
}
