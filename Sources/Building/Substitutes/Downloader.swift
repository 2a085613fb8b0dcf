import Glibc
import Primitives

/// Downloads files with libcurl: one at a time, blocking, meant to run in a child process of its
/// own.
///
/// TLS is always verified (1.2 or newer) and there is no switch for it. Redirects never leave
/// https, and never lead to anything but http and https.
package struct Downloader: Sendable {
    private let policy: DownloadPolicy

    /// A downloader with these limits.
    package init(policy: DownloadPolicy = DownloadPolicy()) { self.policy = policy }

    /// Makes `request.destination` from the first source that delivers the right bytes.
    ///
    /// Each source is asked again after transient failures, with growing pauses, going on where
    /// the bytes broke off (also those of an earlier run or source: the digest decides). When
    /// bytes put together from several answers are wrong, the source gets one more try from
    /// zero. What arrived stays in `request.partial` when everything fails, unless its digest
    /// was wrong.
    ///
    /// - Parameter progress: called on this thread at the beginning, every 256 KiB, and at the
    ///   end.
    /// - Throws: ``DownloadError/allSourcesFailed(name:attempts:)`` with the reason of every
    ///   source, or a case for what no other source would mend (a full disk, for example).
    package func download(
        _ request: DownloadRequest,
        progress: @escaping (DownloadProgress) -> Void = { _ in }
    ) throws(DownloadError) -> DownloadResult {
        try download(request, over: try CurlHandle(), progress: progress)
    }

    /// As ``download(_:progress:)``, over the connections of `handle`.
    func download(
        _ request: DownloadRequest, over handle: borrowing CurlHandle,
        progress: @escaping (DownloadProgress) -> Void = { _ in }
    ) throws(DownloadError) -> DownloadResult {
        guard !request.sources.isEmpty else { throw .noSources(name: request.name) }
        let file = try PartialFile(
            path: request.partial, algorithm: request.expectedDigest?.algorithm ?? .sha256,
            keepingAtMost: request.expectedDigest == nil
                ? nil : min(request.expectedSize ?? .max, policy.maximumSize))
        if file.count > 0 {
            if file.digest == request.expectedDigest {
                return try finish(request, file, url: nil, resumed: file.count, failures: [])
            }
            // As long as it should be and wrong: nothing to go on from.
            if file.count == request.expectedSize { try file.restart() }
        }
        let transfer = Transfer(
            policy: policy, expectedSize: request.expectedSize, progress: progress)
        var failures: [DownloadAttempt] = []
        for source in request.sources {
            let before = (bytes: file.count, restarts: file.restarts)
            if let failed = try attempt(source, request, transfer, handle, file) {
                failures.append(failed)
            } else {
                return try finish(
                    request, file, url: source.url,
                    resumed: file.restarts == before.restarts ? before.bytes : 0, failures: failures
                )
            }
        }
        file.discardIfEmpty()
        throw .allSourcesFailed(name: request.name, attempts: failures)
    }

    private func finish(
        _ request: DownloadRequest, _ file: PartialFile, url: DownloadURL?, resumed: UInt64,
        failures: [DownloadAttempt]
    ) throws(DownloadError) -> DownloadResult {
        try file.publish(as: request.destination)
        return DownloadResult(
            digest: file.digest, size: file.count, url: url, resumedBytes: resumed,
            failures: failures)
    }

    /// Asks one source until it delivers (`nil`) or there is no use in asking again.
    private func attempt(
        _ source: DownloadSource, _ request: DownloadRequest, _ transfer: Transfer,
        _ handle: borrowing CurlHandle, _ file: PartialFile
    ) throws(DownloadError) -> DownloadAttempt? {
        var tries = TryCount(policy: policy, bytes: file.count)
        var hasStartedAfresh = false
        var validator: String?
        while true {
            // Without a digest only the server can say that old and new bytes belong together.
            if request.expectedDigest == nil && validator == nil && file.count > 0 {
                try file.restart()
            }
            tries.begin()
            let before = (hadBytes: file.count > 0, restarts: file.restarts)
            var failure: DownloadFailure
            var retryAfter = 0
            var isFileUseless = false
            switch try transfer.run(source, into: file, validator: &validator, over: handle) {
            case .complete:
                guard let found = fault(in: file, request) else { return nil }
                // A hint that is wrong: only what was put together needs it.
                if request.isDigestHint, !before.hadBytes, case .hashMismatch = found {
                    return nil
                }
                (failure, isFileUseless) = (found, !found.isTransient)
            case .wrongBytes(let found): (failure, isFileUseless) = (found, true)
            case .failed(let found, let seconds): (failure, retryAfter) = (found, seconds)
            }
            tries.note(bytes: file.count)
            if isFileUseless {
                // The joint, or what an earlier run left, may be the fault: once more from zero.
                let mayBeTheJoint =
                    before.hadBytes && file.restarts == before.restarts && !hasStartedAfresh
                try file.restart()
                if mayBeTheJoint {
                    hasStartedAfresh = true
                    continue
                }
            }
            if retryAfter > policy.maximumRetryAfter {
                failure = .busy(retryAfterSeconds: retryAfter)
            }
            guard failure.isTransient, tries.mayRepeat,
                policy.repeatsTimeouts || !failure.isTimeout
            else {
                return DownloadAttempt(url: source.url, tries: tries.total, failure: failure)
            }
            pause(
                policy.backoff(
                    before: tries.fruitless + 1, retryAfter: retryAfter,
                    jitter: .random(in: 0...1)))
        }
    }

    /// What is wrong with a file whose answer came through whole, if anything.
    private func fault(in file: PartialFile, _ request: DownloadRequest) -> DownloadFailure? {
        if let size = request.expectedSize, file.count < size {
            return .truncated(received: file.count, expected: size)
        }
        let actual = file.digest
        guard let expected = request.expectedDigest, actual != expected else { return nil }
        return .hashMismatch(expected: expected, actual: actual)
    }

    private func pause(_ milliseconds: Int) {
        var left = timespec(
            tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        while true {
            let wanted = left
            guard unsafe withUnsafePointer(to: wanted, { unsafe nanosleep($0, &left) }) != 0,
                errno == EINTR
            else { return }
        }
    }
}

/// Counts the tries of one source. A try that moved the file forward by a good piece makes the
/// count begin anew; that ends, because only bytes beyond the highest mark count.
private struct TryCount {
    let policy: DownloadPolicy
    private(set) var total = 0
    private(set) var fruitless = 0
    private var highest: UInt64

    init(policy: DownloadPolicy, bytes: UInt64) {
        self.policy = policy
        highest = bytes
    }

    var mayRepeat: Bool { fruitless < policy.maximumTries }

    mutating func begin() {
        total += 1
        fruitless += 1
    }

    mutating func note(bytes: UInt64) {
        guard bytes > highest else { return }
        if bytes - highest >= policy.progressThatResetsTries { fruitless = 0 }
        highest = bytes
    }
}
