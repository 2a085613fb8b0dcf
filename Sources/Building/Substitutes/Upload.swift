import CCurl
import Glibc
import Primitives
import SystemSupport

/// One request to a server that keeps files: to take one, or to say whether it has one.
struct Upload {
    /// What a server says.
    enum Answer {
        /// Yes, with these headers.
        case yes(ResponseHeaders)
        /// No, or nothing that could be understood.
        case no(DownloadFailure)
    }

    /// A file of this machine that is given to a server.
    struct File {
        let path: String
        let size: UInt64
        let digest: Digest
        /// Its media type.
        let type: String
    }

    let policy: DownloadPolicy
    /// Whether nobody waits any more.
    let isAbandoned: () -> Bool

    /// Has the server at `url` take `file` (PUT), or asks for the file's headers (HEAD) when `nil`.
    ///
    /// Transient failures are tried again with growing pauses. Redirects are not followed: what was meant
    /// for one server is not given to another.
    ///
    /// - Throws: `CancellationError` once abandoned; when `file` cannot be read.
    func run(
        _ url: DownloadURL, _ file: File?, over handle: borrowing CurlHandle
    ) throws -> Answer {
        var tries = 0
        while true {
            tries += 1
            let receiver = UploadReceiver(isAbandoned)
            let (failure, retryAfter) = try attempt(url, file, receiver, handle)
            guard let failure else { return .yes(receiver.headers) }
            guard failure.isTransient, tries < policy.maximumTries,
                retryAfter <= policy.maximumRetryAfter
            else { return .no(failure) }
            var left = policy.backoff(
                before: tries + 1, retryAfter: retryAfter, jitter: .random(in: 0...1))
            while left > 0 {
                if isAbandoned() { throw CancellationError() }
                usleep(UInt32(min(left, 100)) * 1000)
                left -= 100
            }
        }
    }

    private func attempt(
        _ url: DownloadURL, _ file: File?, _ receiver: UploadReceiver,
        _ handle: borrowing CurlHandle
    ) throws -> (DownloadFailure?, retryAfter: Int) {
        let proxy = ProxyChoice.environment.address(for: url, ProxyEnvironment(policy))
        var headers = try handle.prepare(
            url, proxy: proxy, policy, showsAccess: true, payload: file?.digest ?? .hash(""))
        guard let file else {
            try handle.set(CURLOPT_NOBODY, 1)
            return try ending(handle, handle.perform(receiver, headers: headers), receiver)
        }
        headers.append("Content-Type: \(file.type)")
        guard let stream = unsafe fopen(file.path.systemPath, "re") else {
            throw HostError.system("open", file.path, errno)
        }
        defer { unsafe fclose(stream) }
        try unsafe handle.setUpload(of: stream, size: file.size)
        return try ending(handle, handle.perform(receiver, headers: headers), receiver)
    }

    private func ending(
        _ handle: borrowing CurlHandle, _ code: CURLcode, _ receiver: UploadReceiver
    ) throws -> (DownloadFailure?, retryAfter: Int) {
        if isAbandoned() { throw CancellationError() }
        let status = receiver.headers.status
        let retryAfter = handle.offset(CURLINFO_RETRY_AFTER)
        switch status {
        // A status that says no counts even when the connection broke afterwards.
        case 404, 410: return (.notFound, 0)
        case 401, 402, 403, 407, 451: return (.refused(status: status), 0)
        case 300..<400:
            let target = handle.string(CURLINFO_REDIRECT_URL) ?? "nowhere"
            return (.redirectRefused(to: DownloadURL.redact(target)), 0)
        case 400...: return (.status(status), retryAfter)
        default: return (code == CURLE_OK ? nil : handle.failure(code, policy), 0)
        }
    }
}

/// Takes the headers of an answer, and drops its body.
private final class UploadReceiver: CurlReceiver {
    private(set) var headers = ResponseHeaders()
    private let isAbandoned: () -> Bool

    init(_ isAbandoned: @escaping () -> Bool) { self.isAbandoned = isAbandoned }

    override func receiveHeader(_ line: String) -> Bool { headers.add(line) }
    override func tick() -> Bool { !isAbandoned() }
}
