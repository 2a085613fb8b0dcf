/// The digest algorithms that derivations and store paths may name, as in Nix.
public enum HashAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// MD5, 16 bytes. Only for old fixed outputs; collisions are easy to make.
    case md5
    /// SHA-1, 20 bytes. Only for old fixed outputs; collisions can be made.
    case sha1
    /// SHA-256, 32 bytes: the algorithm of store paths and of everything this tool makes.
    case sha256
    /// SHA-512, 64 bytes.
    case sha512

    /// The length of a digest in bytes.
    public var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }
}
