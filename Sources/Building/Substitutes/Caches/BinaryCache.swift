import Archives
import Glibc
import Primitives
public import StoreModel

/// A binary cache in Nix's layout (`docs/formats/binary-cache.md`), over http, https or `file:`.
///
/// Nothing it says is believed: what is taken is compared with what the narinfo states, and whether
/// the narinfo is to be believed is for the caller to judge by its signatures. Calls block; their
/// connections stay open for later ones, and copies of the value share them.
public struct BinaryCache: Sendable {
    /// Where it is.
    public let url: DownloadURL
    /// The store directory whose paths are asked for.
    public let store: StoreDirectory
    /// The priority that the user gave it, which counts more than its own; caches with smaller numbers
    /// are asked first.
    public let priority: Int?
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
    public init(
        _ url: DownloadURL, store: StoreDirectory, temporaryDirectory: String,
        priority: Int? = nil, policy: DownloadPolicy = DownloadPolicy()
    ) {
        self.url = url
        self.store = store
        self.priority = priority
        self.temporaryDirectory = temporaryDirectory
        self.policy = policy
    }

    /// Asks who it is.
    ///
    /// - Returns: the priority that it gives itself; 0, as Nix has it, when it gives none.
    /// - Throws: ``BinaryCacheError/notACache(url:)``,
    ///   ``BinaryCacheError/otherStore(url:stated:expected:)``, ``BinaryCacheError/malformed(url:reason:)``
    ///   or `DownloadError`.
    @discardableResult
    public func check() throws -> Int {
        let file = try url.appending("nix-cache-info")
        guard let bytes = try contents(of: file, limit: 65_536) else {
            throw BinaryCacheError.notACache(url: url.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BinaryCacheError.malformed(url: file.description, reason: "it is not UTF-8")
        }
        var priority = 0
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].split(separator: " ").joined(separator: " ")
            switch parts[0] {
            case "StoreDir":
                guard value == store.path else {
                    throw BinaryCacheError.otherStore(
                        url: url.description, stated: value, expected: store)
                }
            case "Priority": priority = Int(value) ?? priority
            default: break
            }
        }
        return priority
    }

    /// What it says of `path`; `nil` when it does not have it.
    ///
    /// - Throws: ``BinaryCacheError`` when it lies about which path it is or answers with something
    ///   else, `DownloadError` when it cannot be asked.
    public func narInfo(of path: StorePath) throws -> NarInfo? {
        try connections.withHandle { try narInfo(of: path, over: $0) }
    }

    /// Asks for one path after the other.
    ///
    /// - Parameters:
    ///   - next: the next path to ask for; `nil` ends.
    ///   - answer: gets what ``narInfo(of:)`` returns or throws; what it throws ends the questions.
    public func askNarInfos(
        _ next: () -> StorePath?,
        _ answer: (StorePath, Result<NarInfo?, any Error>) throws -> Void
    ) throws {
        while let path = next() { try answer(path, Result { try narInfo(of: path) }) }
    }

    private func narInfo(
        of path: StorePath, over handle: borrowing CurlHandle
    ) throws -> NarInfo? {
        let file = try url.appending(path.hashPart + ".narinfo")
        guard
            let bytes = try Downloader.contents(
                of: file, limit: UInt64(NarInfo.maximumCount), in: temporaryDirectory,
                policy: policy, over: handle)
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

    /// Downloads the NAR that `narInfo` tells of, and gives it to `body` uncompressed.
    ///
    /// - Parameters:
    ///   - directory: where the compressed file lies while it is read; the cache's temporary
    ///     directory when `nil`.
    ///   - progress: told how far the download is, on this thread.
    ///   - body: may throw; a NAR with the wrong size or hash is known only when all of it was
    ///     given, so what came of it counts only when this returns.
    /// - Throws: ``BinaryCacheError`` when it is not what `narInfo` states, `DownloadError`, and what
    ///   `body` throws.
    public func readNAR(
        _ narInfo: NarInfo, in directory: String? = nil,
        progress: @escaping (DownloadProgress) -> Void = { _ in },
        _ body: (consuming NARStream) throws -> Void
    ) throws {
        let place = url.description
        let info = narInfo.info
        guard Self.compressions.contains(narInfo.compression) else {
            throw BinaryCacheError.unknownCompression(url: place, narInfo.compression)
        }
        // What does not shrink grows by a little only.
        let limit = info.narSize + info.narSize / 8 + 1 << 20
        if let size = narInfo.fileSize, size > limit {
            throw BinaryCacheError.wrongNAR(
                url: place, path: info.path,
                reason: "\(size) bytes are said to hold \(info.narSize) compressed ones")
        }
        let file = Downloader.temporaryFile(in: directory ?? temporaryDirectory)
        defer { Downloader.removeTemporaryFile(file) }
        let isPlain = narInfo.compression == "none" || narInfo.compression.isEmpty
        // With a digest, a transfer that breaks off goes on where it was.
        let digest = narInfo.fileHash ?? (isPlain ? info.narHash : nil)
        let size = try connections.withHandle { handle in
            try Downloader.download(
                url.appending(narInfo.url), to: file, limit: narInfo.fileSize ?? limit,
                digest: digest, policy: policy, over: handle, progress: progress)
        }
        guard size != nil else { throw BinaryCacheError.missingNAR(url: place, path: info.path) }
        let check = NARCheck(size: info.narSize, url: place, path: info.path)
        if isPlain {
            try body(NARStream(FileSource(path: file), check))
        } else {
            try body(
                NARStream(DecompressingSource(FileSource(path: file), name: narInfo.url), check))
        }
        try check.finish(info.narHash)
    }

    private func contents(of file: DownloadURL, limit: UInt64) throws -> [UInt8]? {
        try connections.withHandle { handle in
            try Downloader.contents(
                of: file, limit: limit, in: temporaryDirectory, policy: policy, over: handle)
        }
    }
}
