package import StoreModel

/// Where a binary cache is, and what its user thinks of it.
public struct CacheAddress: Hashable, Sendable {
    /// Where it is.
    public var url: DownloadURL
    /// Caches with smaller numbers are asked first; `nil` is what the cache says of itself.
    public var priority: Int?
    /// A token that its server is shown (`Authorization: Bearer …`). Never print it.
    public var token: String?
    /// How requests to it are signed.
    package var signing: RequestSigning?
    private var bucket: S3Address?

    /// A cache at `url`.
    public init(_ url: DownloadURL, priority: Int? = nil) {
        self.url = url
        self.priority = priority
    }

    /// A cache as users write it: an absolute path, a URL with perhaps `?priority=N` behind it, or
    /// `s3://BUCKET/FOLDER?region=…&endpoint=…`.
    ///
    /// - Throws: `MirrorError` for what is no URL, ``BinaryCacheError/badAddress(url:)`` when something
    ///   else stands behind it.
    public init(parsing text: String) throws {
        if text.hasPrefix("s3://") {
            let bucket = try S3Address(parsing: text)
            url = bucket.url
            priority = bucket.priority
            self.bucket = bucket
            return
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let hasParameter = parts.count > 1 && text.contains("://")
        url = try DownloadURL(parsing: hasParameter ? String(parts[0]) : text)
        priority = hasParameter ? Self.number(ofPriority: parts[1]) : nil
        guard !hasParameter || priority != nil, !url.text.contains("#") else {
            throw BinaryCacheError.badAddress(url: url.description)
        }
    }

    /// As ``init(parsing:)``, and looks for the keys of a bucket: in `environment`
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), unless the address names a
    /// profile, else in the file that `AWS_SHARED_CREDENTIALS_FILE` names, else in `~/.aws/credentials`.
    /// Without keys, nothing is signed.
    ///
    /// - Throws: also when that file is there and cannot be read.
    public init(parsing text: String, environment: [String: String]) throws {
        try self.init(parsing: text)
        signing = try bucket.flatMap { try RequestSigning(for: $0, environment: environment) }
    }

    private static func number(ofPriority parameter: Substring) -> Int? {
        let word = "priority="
        return parameter.hasPrefix(word) ? Int(parameter.dropFirst(word.count)) : nil
    }
}

extension BinaryCache {
    /// The cache at `address`; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - environment: names certificates and proxies; nothing else is looked at.
    ///   - netrcFile: credentials for hosts.
    ///   - temporaryDirectory: where files lie while they are read.
    package init(
        _ address: CacheAddress, store: StoreDirectory, environment: [String: String],
        netrcFile: String?, temporaryDirectory: String
    ) {
        var policy = DownloadPolicy(for: address, environment: environment, netrcFile: netrcFile)
        // A cache is one place of several, and asked often; what is slow to answer is left for the next.
        policy.maximumTries = 3
        policy.connectTimeout = 10
        policy.stallTimeout = 15
        policy.repeatsTimeouts = false
        self.init(
            address.url, store: store, temporaryDirectory: temporaryDirectory,
            priority: address.priority, policy: policy)
    }
}

extension DownloadPolicy {
    /// How the server at `address` is spoken to.
    init(for address: CacheAddress, environment: [String: String], netrcFile: String?) {
        self.init()
        certificateFile = DownloadPolicy.certificateFile(in: environment)
        proxyVariables = environment
        self.netrcFile = netrcFile
        token = address.token
        signing = address.signing
    }
}
