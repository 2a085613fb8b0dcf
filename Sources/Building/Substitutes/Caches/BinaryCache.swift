import Archives
import Glibc
import Primitives
package import StoreModel

/// A binary cache in Nix's layout (`docs/formats/binary-cache.md`), over http, https or `file:`.
///
/// Nothing it says is believed: what is taken is compared with what the narinfo states, and whether
/// the narinfo is to be believed is for the caller to judge by its signatures. Calls block; their
/// connections stay open for later ones, and copies of the value share them.
package struct BinaryCache: Sendable {
    /// Where it is.
    package let url: DownloadURL
    /// The store directory whose paths are asked for.
    package let store: StoreDirectory
    /// The priority that the user gave it, which counts more than its own; caches with smaller numbers
    /// are asked first.
    package let priority: Int?
    private let temporaryDirectory: String
    private let policy: DownloadPolicy
    private let connections = ConnectionPool()

    /// The compressions that are read; `nil` is none.
    static let compressions: Set<String> = ["none", "", "xz", "zstd", "bzip2", "gzip"]

    /// A cache; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - temporaryDirectory: where files lie while they are read.
    ///   - priority: the user's, if there is one.
    ///   - policy: how to download; sizes are limited further by what is asked for.
    package init(
        _ url: DownloadURL, store: StoreDirectory, temporaryDirectory: String,
        priority: Int? = nil, policy: DownloadPolicy = DownloadPolicy()
    ) {
        self.url = url
        self.store = store
        self.priority = priority
        self.temporaryDirectory = temporaryDirectory
        self.policy = policy
    }

    /// Seconds that the answer to a question may take; they are small.
    private static let answerSeconds = 60

    /// Asks who it is.
    ///
    /// - Parameter waiting: told of the seconds in which nothing has come.
    /// - Returns: the priority that it gives itself; 0, as Nix has it, when it gives none.
    /// - Throws: ``BinaryCacheError/notACache(url:)``,
    ///   ``BinaryCacheError/otherStore(url:stated:expected:)``, ``BinaryCacheError/malformed(url:reason:)``
    ///   or `DownloadError`.
    @discardableResult
    package func check(waiting: @escaping (Int) -> Void = { _ in }) throws -> Int {
        let file = try url.appending(CacheInfo.fileName)
        let bytes = try connections.withHandle { handle in
            try contents(
                of: file, limit: UInt64(CacheInfo.maximumCount), over: handle, mayBeHidden: false,
                waiting)
        }
        guard let bytes else {
            throw BinaryCacheError.notACache(url: url.description)
        }
        return try CacheInfo(parsing: bytes, from: url.description, for: store).priority
    }

    /// What it says of `path`; `nil` when it does not have it.
    ///
    /// - Throws: ``BinaryCacheError`` when it lies about which path it is or answers with something
    ///   else, `DownloadError` when it cannot be asked.
    package func narInfo(of path: StorePath) throws -> NarInfo? {
        try connections.withHandle { try narInfo(of: path, over: $0, waiting: { _ in }) }
    }

    /// Asks for one path after the other.
    ///
    /// - Parameters:
    ///   - waiting: told of the seconds in which nothing has come.
    ///   - next: the next path to ask for; `nil` ends.
    ///   - answer: gets what ``narInfo(of:)`` returns or throws; what it throws ends the questions.
    package func askNarInfos(
        waiting: @escaping (Int) -> Void = { _ in }, _ next: () -> StorePath?,
        _ answer: (StorePath, Result<NarInfo?, any Error>) throws -> Void
    ) throws {
        while let path = next() {
            let answered = Result {
                try connections.withHandle {
                    try narInfo(of: path, over: $0, waiting: waiting)
                }
            }
            try answer(path, answered)
        }
    }

    private func narInfo(
        of path: StorePath, over handle: borrowing CurlHandle, waiting: @escaping (Int) -> Void
    ) throws -> NarInfo? {
        let file = try url.appending(path.hashPart + ".narinfo")
        let limit = UInt64(NarInfo.maximumCount)
        guard
            let bytes = try contents(
                of: file, limit: limit, over: handle, mayBeHidden: true, waiting)
        else { return nil }
        let narInfo: NarInfo
        do throws(NarInfoError) { narInfo = try NarInfo(parsing: bytes, in: store) } catch {
            throw BinaryCacheError.malformed(url: file.description, reason: "\(error)")
        }
        guard narInfo.info.path == path else {
            throw BinaryCacheError.otherPath(
                url: file.description, asked: path, told: narInfo.info.path)
        }
        return narInfo
    }

    /// Downloads the NAR that `narInfo` tells of, and gives it to `body` uncompressed. Size and hash of
    /// the compressed file are hints: only those of the NAR count.
    ///
    /// - Parameters:
    ///   - directory: where the compressed file lies while it is read; the cache's temporary
    ///     directory when `nil`.
    ///   - isVouchedFor: whether somebody who is trusted stands behind the stated size. If not, a NAR
    ///     that is more than 2000 times as large as what was received is refused unread.
    ///   - isLast: whether no other cache is asked afterwards: then a transfer that stands still is
    ///     tried again.
    ///   - progress: told how far the download is, on this thread.
    ///   - body: may throw; a NAR with the wrong size or hash is known only when all of it was
    ///     given, so what came of it counts only when this returns.
    /// - Throws: ``BinaryCacheError`` when it is not what `narInfo` states, `DownloadError`, and what
    ///   `body` throws.
    package func readNAR(
        _ narInfo: NarInfo, in directory: String? = nil, isVouchedFor: Bool = true,
        isLast: Bool = true, progress: @escaping (DownloadProgress) -> Void = { _ in },
        _ body: (consuming NARStream) throws -> Void
    ) throws {
        let place = url.description
        let info = narInfo.info
        guard Self.compressions.contains(narInfo.compression) else {
            throw BinaryCacheError.unknownCompression(url: place, narInfo.compression)
        }
        // What does not shrink grows by a little only; no size is above 2^60.
        let limit = info.narSize + info.narSize / 8 + 1 << 20
        let file = Downloader.temporaryFile(in: directory ?? temporaryDirectory)
        defer { Downloader.removeTemporaryFile(file) }
        let isPlain = narInfo.compression == "none" || narInfo.compression.isEmpty
        var policy = policy
        policy.repeatsTimeouts = isLast
        // With a digest, a transfer that breaks off goes on where it was.
        let digest = narInfo.fileHash ?? (isPlain ? info.narHash : nil)
        let size = try connections.withHandle { handle in
            try Downloader.download(
                url.appending(narInfo.url), to: file, limit: limit, digest: digest,
                policy: policy, over: handle, progress: progress)
        }
        guard let size else { throw BinaryCacheError.missingNAR(url: place, path: info.path) }
        guard isVouchedFor || info.narSize <= Self.largest(from: size) else {
            throw BinaryCacheError.wrongNAR(
                url: place, path: info.path,
                reason: "\(size) bytes are said to hold \(info.narSize), more than "
                    + "\(Self.maximumGrowth) times as many, and nobody vouches for it")
        }
        let check = NARCheck(size: info.narSize, url: place, path: info.path)
        if isPlain {
            try body(NARStream(FileSource(path: file), check))
        } else {
            try body(
                NARStream(DecompressingSource(FileSource(path: file), name: narInfo.url), check))
        }
        try check.finish(info.narHash)
    }

    /// How many times as large as the file that was received a NAR may be that nobody vouches for, as
    /// for unpacking archives.
    private static let maximumGrowth: UInt64 = 2000
    /// Up to this size, in bytes, no growth is too much.
    private static let growthMinimum: UInt64 = 64 << 20

    private static func largest(from received: UInt64) -> UInt64 {
        let (product, overflow) = received.multipliedReportingOverflow(by: maximumGrowth)
        return overflow ? .max : max(product, growthMinimum)
    }

    private func contents(
        of file: DownloadURL, limit: UInt64, over handle: borrowing CurlHandle, mayBeHidden: Bool,
        _ waiting: @escaping (Int) -> Void
    ) throws -> [UInt8]? {
        var policy = policy
        policy.maximumSeconds = Self.answerSeconds
        return try Downloader.contents(
            of: file, limit: limit, in: temporaryDirectory, policy: policy, over: handle,
            mayBeHidden: mayBeHidden, waiting: waiting)
    }
}
