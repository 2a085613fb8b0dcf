public import StoreModel

/// Why a binary cache cannot be used, or not for one path.
public enum BinaryCacheError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Something stands behind the URL of a cache that means nothing there.
    case badAddress(url: String)
    /// An address of S3 that means nothing.
    case badS3Address(url: String, reason: String)
    /// There is no `nix-cache-info` at the URL.
    case notACache(url: String)
    /// The cache is of another store directory: its paths cannot be ours.
    case otherStore(url: String, stated: String, expected: StoreDirectory)
    /// A file of the cache is not what it should be.
    case malformed(url: String, reason: String)
    /// The narinfo of a path tells of another one.
    case otherPath(url: String, asked: StorePath, told: StorePath)
    /// The NAR is compressed in a way that this program does not know.
    case unknownCompression(url: String, String)
    /// The NAR is not the one that the narinfo tells of.
    case wrongNAR(url: String, path: StorePath, reason: String)
    /// A directory that is to become a cache holds something else.
    case notEmpty(url: String, file: String)
    /// A file could not be put into a cache.
    case notPut(url: String, DownloadFailure)
    /// A server said that it has a file now, and has not.
    case notKept(url: String, reason: String)
    /// The narinfo tells of a NAR that is not there.
    case missingNAR(url: String, path: StorePath)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .badAddress(let url):
            "'\(url)': behind the URL of a cache may stand '?priority=NUMBER' and nothing else"
        case .badS3Address(let url, let reason): "'\(url)': \(reason)"
        case .notACache(let url):
            "'\(url)' is no binary cache: it has no 'nix-cache-info'"
        case .otherStore(let url, let stated, let expected):
            "the cache '\(url)' is of the store '\(stated)', not of '\(expected)': none of its paths "
                + "can be compared or used here"
        case .malformed(let url, let reason): "'\(url)': \(reason)"
        case .otherPath(let url, let asked, let told):
            "'\(url)' tells of '\(told)', but was asked for '\(asked)'"
        case .unknownCompression(let url, let name):
            "'\(url)': NARs compressed with '\(name)' cannot be read here; known are "
                + "none, xz, zstd, bzip2 and gzip"
        case .wrongNAR(let url, let path, let reason): "the NAR of '\(path)' in '\(url)': \(reason)"
        case .notEmpty(let url, let file):
            "'\(url)' is no binary cache (it has no 'nix-cache-info'), and not empty: there is "
                + "'\(file)' in it; name a cache, or a directory for a new one"
        case .notPut(let url, let reason): "cannot put '\(url)': \(reason)"
        case .notKept(let url, let reason):
            "'\(url)' was given to the server, which said that all is well, and \(reason)"
        case .missingNAR(let url, let path):
            "'\(url)' has a narinfo of '\(path)', but not its NAR"
        }
    }
}
