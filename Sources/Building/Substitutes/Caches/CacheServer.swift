package import Primitives

/// A server that keeps the files of a binary cache and takes new ones by plain PUT, as Nix's HTTP binary
/// caches do, or by PUT with S3's signatures. Calls block; their connections stay open for later ones.
package struct CacheServer: Sendable {
    /// Whether a file is there.
    package enum Presence: Hashable, Sendable {
        /// It is not.
        case absent
        /// It is, and has so many bytes, if the server says it.
        case present(UInt64?)
        /// The server does not answer that question.
        case unknown
    }

    /// Where it is.
    package let url: DownloadURL
    private let policy: DownloadPolicy
    private let temporaryDirectory: String
    private let connections = ConnectionPool()

    /// Seconds without a byte either way: a server may need some to put a file on its disks.
    private static let patience = 120

    /// The server at `address`; nothing is asked yet.
    package init(
        _ address: CacheAddress, environment: [String: String], netrcFile: String?,
        temporaryDirectory: String
    ) {
        url = address.url
        var policy = DownloadPolicy(
            for: address, environment: environment, netrcFile: netrcFile)
        policy.repeatsTimeouts = true
        policy.maximumTries = 5
        policy.stallTimeout = Self.patience
        self.policy = policy
        self.temporaryDirectory = temporaryDirectory
    }

    /// The bytes of a small file; `nil` when there is none, or when it is refused like one that is not
    /// there.
    ///
    /// - Throws: `DownloadError`.
    package func contents(of name: String, limit: Int) throws -> [UInt8]? {
        let file = try url.appending(name)
        // Storage services refuse what is not there; others refuse who may not read.
        let mayBeHidden = policy.signing != nil || name != CacheInfo.fileName
        return try connections.withHandle { handle in
            try Downloader.contents(
                of: file, limit: UInt64(limit), in: temporaryDirectory, policy: policy,
                over: handle, mayBeHidden: mayBeHidden, waiting: { _ in })
        }
    }

    /// Whether there is a file of this name.
    ///
    /// - Throws: ``BinaryCacheError/notPut(url:_:)``.
    package func presence(
        of name: String, isAbandoned: @escaping () -> Bool
    ) throws -> Presence {
        let file = try url.appending(name)
        let answer = try connections.withHandle { handle in
            try Upload(policy: policy, isAbandoned: isAbandoned).run(file, nil, over: handle)
        }
        switch answer {
        case .yes(let headers): return .present(headers.contentLength)
        case .no(.notFound): return .absent
        case .no(.refused(status: 403)), .no(.status(405)), .no(.status(501)):
            return .unknown
        case .no(let failure):
            throw BinaryCacheError.notPut(url: file.description, failure)
        }
    }

    /// Has the server take a file.
    ///
    /// - Throws: ``BinaryCacheError/notPut(url:_:)``, `CancellationError`.
    package func put(
        _ path: String, size: UInt64, digest: Digest, as name: String,
        isAbandoned: @escaping () -> Bool
    ) throws {
        let target = try url.appending(name)
        let file = Upload.File(
            path: path, size: size, digest: digest, type: Self.mediaType(of: name))
        let answer = try connections.withHandle { handle in
            try Upload(policy: policy, isAbandoned: isAbandoned).run(target, file, over: handle)
        }
        if case .no(let failure) = answer {
            throw BinaryCacheError.notPut(url: target.description, failure)
        }
    }

    private static func mediaType(of name: String) -> String {
        if name == CacheInfo.fileName { return "text/x-nix-cache-info" }
        return name.hasSuffix(".narinfo") ? "text/x-nix-narinfo" : "application/x-nix-nar"
    }
}
