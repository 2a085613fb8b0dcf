import Archives
import Glibc
import Primitives

extension Downloader {
    /// The bytes at `url`, of a text that is read whole: a manifest, a narinfo.
    ///
    /// - Parameters:
    ///   - limit: the most bytes taken.
    ///   - directory: where a file lies while it is read; it is removed at once.
    ///   - policy: its size limit is replaced by `limit`.
    ///   - mayBeHidden: whether a refusal (403) counts as absence, as below.
    ///   - waiting: told of the seconds in which nothing has come.
    /// - Returns: `nil` when there is no such file. A refusal (403) counts as that too: it is what
    ///   storage services answer when they do not let files be listed.
    /// - Throws: ``DownloadError`` for every other failure.
    package static func contents(
        of url: DownloadURL, limit: UInt64, in directory: String,
        policy: DownloadPolicy = DownloadPolicy()
    ) throws -> [UInt8]? {
        try contents(
            of: url, limit: limit, in: directory, policy: policy, over: try CurlHandle(),
            waiting: { _ in })
    }

    /// As ``contents(of:limit:in:policy:)``, over the connections of `handle`.
    static func contents(
        of url: DownloadURL, limit: UInt64, in directory: String, policy: DownloadPolicy,
        over handle: borrowing CurlHandle, mayBeHidden: Bool = true,
        waiting: @escaping (Int) -> Void
    ) throws -> [UInt8]? {
        let path = temporaryFile(in: directory)
        defer { removeTemporaryFile(path) }
        guard
            let size = try download(
                url, to: path, limit: limit, digest: nil, policy: policy, over: handle,
                mayBeHidden: mayBeHidden,
                progress: { if $0.silentSeconds > 0 { waiting($0.silentSeconds) } })
        else { return nil }
        let file = try OpenFile(reading: path)
        return try file.bytes(at: 0, count: Int(size))
    }

    /// Downloads `url` to the file `path`.
    ///
    /// - Parameter digest: what it is said to be; a wrong one refuses nothing.
    /// - Returns: its size in bytes; `nil` when there is no such file.
    static func download(
        _ url: DownloadURL, to path: String, limit: UInt64, digest: Digest?, policy: DownloadPolicy,
        over handle: borrowing CurlHandle, mayBeHidden: Bool = true,
        progress: @escaping (DownloadProgress) -> Void = { _ in }
    ) throws(DownloadError) -> UInt64? {
        var policy = policy
        policy.maximumSize = limit
        var request = DownloadRequest(
            name: url.description, sources: [DownloadSource(url, isNamed: true)],
            destination: path, expectedDigest: digest)
        request.isDigestHint = true
        do throws(DownloadError) {
            return try Downloader(policy: policy).download(
                request, over: handle, progress: progress
            ).size
        } catch {
            let absent: Set<DownloadFailure> =
                mayBeHidden ? [.notFound, .refused(status: 403)] : [.notFound]
            if case .allSourcesFailed(_, let attempts) = error,
                attempts.allSatisfy({ absent.contains($0.failure) })
            {
                return nil
            }
            throw error
        }
    }

    /// A name that no other file in `directory` has.
    static func temporaryFile(in directory: String) -> String {
        "\(directory)/nodeos-store-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    }

    /// Removes such a file, and what is left of an unfinished one.
    static func removeTemporaryFile(_ path: String) {
        unsafe unlink(path.systemPath)
        unsafe unlink((path + ".partial").systemPath)
    }
}
