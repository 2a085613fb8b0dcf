import CCurl
import Primitives

/// One try at one source: a request, and the requests its redirects lead to.
struct Transfer {
    enum Outcome {
        /// The answer is whole; its bytes are in the file.
        case complete
        /// The bytes in the file cannot be, or be the beginning of, what was asked for.
        case wrongBytes(DownloadFailure)
        /// It failed; `retryAfter` is what the server asked for in seconds, else 0.
        case failed(DownloadFailure, retryAfter: Int)
    }

    let policy: DownloadPolicy
    let expectedSize: UInt64?
    let progress: (DownloadProgress) -> Void

    /// Asks `source` for what `file` lacks.
    ///
    /// - Parameters:
    ///   - validator: what the bytes in the file are a part of, if this source said so; goes into
    ///     `If-Range`, and holds the new one afterwards.
    ///   - handle: its connections are used again.
    func run(
        _ source: DownloadSource, into file: PartialFile, validator: inout String?,
        over handle: borrowing CurlHandle
    ) throws(DownloadError) -> Outcome {
        guard source.url.isSupported else {
            return .failed(.unsupportedScheme(source.url.scheme), retryAfter: 0)
        }
        var url = source.url
        var redirects = 0
        while true {
            // A server that the user named may lead to itself, and to nothing else of this machine.
            let isNamed = source.isNamed && url.isOfSameServer(as: source.url)
            if url.scheme == "file" { return try read(source, into: file) }
            let proxy = source.proxy.address(for: url, ProxyEnvironment(policy))
            if proxy != nil, !isNamed, AddressRule.isOwn(host: url.host) {
                return .failed(.addressRefused(url.host), retryAfter: 0)
            }
            let start = file.count
            let receiver = TransferReceiver(
                file: file, url: url, requestedStart: start, expectedSize: expectedSize,
                policy: policy, mayReachOwn: isNamed || proxy != nil, progress: progress)
            // Redirects are followed here, because libcurl's own rule cannot say "https stays https".
            var headers = try handle.prepare(
                url, proxy: proxy, policy, showsAccess: url.isOfSameServer(as: source.url))
            // CURLOPT_RANGE and not CURLOPT_RESUME_FROM: that one fails when a server ignores it.
            if start > 0 {
                try handle.set(CURLOPT_RANGE, "\(start)-")
                if let validator { headers.append("If-Range: \(validator)") }
            }
            let code = try handle.perform(receiver, headers: headers)
            if let fatal = receiver.fatal { throw fatal }
            if receiver.hasBegun { validator = receiver.headers.validator }
            if (300..<400).contains(receiver.headers.status),
                let target = handle.string(CURLINFO_REDIRECT_URL)
            {
                redirects += 1
                guard redirects <= policy.maximumRedirects else {
                    return .failed(
                        .tooManyRedirects(limit: policy.maximumRedirects), retryAfter: 0)
                }
                guard let next = try? DownloadURL(parsing: target),
                    next.scheme == "https" || (next.scheme == "http" && url.scheme == "http")
                else {
                    return .failed(
                        .redirectRefused(to: DownloadURL.redact(target)), retryAfter: 0)
                }
                url = next
                continue
            }
            let answer = Answer(code: code, proxy: proxy, start: start)
            return try judge(handle, answer, receiver, file)
        }
    }

    /// How a request ended.
    private struct Answer {
        let code: CURLcode
        /// The proxy that it went through.
        let proxy: String?
        /// The byte that it began with.
        let start: UInt64

        /// What went wrong, when it was the proxy.
        func proxyFailure(_ reason: String, isTransient: Bool = false) -> DownloadFailure? {
            proxy.map {
                .proxy(
                    DownloadURL.redact($0.contains("://") ? $0 : "http://" + $0), reason: reason,
                    isTransient: isTransient)
            }
        }
    }

    private func read(
        _ source: DownloadSource, into file: PartialFile
    ) throws(DownloadError) -> Outcome {
        guard source.isNamed else { return .failed(.fileRefused, retryAfter: 0) }
        if let problem = source.problem { return .failed(.unreadable(problem), retryAfter: 0) }
        let receiver = TransferReceiver(
            file: file, url: source.url, requestedStart: 0, expectedSize: expectedSize,
            policy: policy, mayReachOwn: true, progress: progress)
        let failure = FileTransfer.run(source.url, receiver)
        if let fatal = receiver.fatal { throw fatal }
        if let failure { return .failed(failure, retryAfter: 0) }
        return try success(receiver)
    }

    /// The outcome when all bytes came.
    private func success(_ receiver: TransferReceiver) throws(DownloadError) -> Outcome {
        guard receiver.failure == nil, receiver.begin() else {
            if let fatal = receiver.fatal { throw fatal }
            let failure = receiver.failure ?? .malformedResponse("no body")
            return receiver.areBytesWrong
                ? .wrongBytes(failure) : .failed(failure, retryAfter: 0)
        }
        receiver.report()
        return .complete
    }

    private func judge(
        _ handle: borrowing CurlHandle, _ answer: Answer, _ receiver: TransferReceiver,
        _ file: PartialFile
    ) throws(DownloadError) -> Outcome {
        if let failure = receiver.failure {
            return receiver.areBytesWrong
                ? .wrongBytes(failure) : .failed(failure, retryAfter: 0)
        }
        if receiver.isSuccess {
            guard answer.code == CURLE_OK else {
                return .failed(failure(handle, answer, receiver, file), retryAfter: 0)
            }
            return try success(receiver)
        }
        let status = receiver.headers.status
        // A status that says no counts even when the error page broke off.
        guard status >= 300 || answer.code == CURLE_OK else {
            return .failed(failure(handle, answer, receiver, file), retryAfter: 0)
        }
        let retryAfter = handle.offset(CURLINFO_RETRY_AFTER)
        switch status {
        case 404, 410: return .failed(.notFound, retryAfter: 0)
        case 401, 402, 403, 407, 451:
            let isProxys = status == 407
            let reason = isProxys ? "wants credentials" : "or the server behind it refuses"
            return .failed(
                answer.proxyFailure("\(reason) (HTTP status \(status))")
                    ?? .refused(status: status), retryAfter: 0)
        // It has no byte where we wanted to go on: the file here is longer than the one there.
        case 416 where answer.start > 0: return .wrongBytes(.status(status))
        case 500...:
            return .failed(
                answer.proxyFailure(
                    "or the server behind it answers with HTTP status \(status)",
                    isTransient: true) ?? .status(status), retryAfter: retryAfter)
        default: return .failed(.status(status), retryAfter: retryAfter)
        }
    }

    /// What libcurl's code means for a download.
    private func failure(
        _ handle: borrowing CurlHandle, _ answer: Answer, _ receiver: TransferReceiver,
        _ file: PartialFile
    ) -> DownloadFailure {
        let code = answer.code
        let message = handle.lastMessage(code)
        if let address = receiver.refusedAddress,
            [CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK].contains(code)
        {
            return .addressRefused(address)
        }
        if let failure = proxyFailure(handle, answer, message) { return failure }
        if code == CURLE_PARTIAL_FILE {
            return .truncated(
                received: file.count,
                expected: receiver.headers.rangeTotal ?? receiver.headers.contentLength)
        }
        return handle.failure(code, policy)
    }

    /// What went wrong, when it was between here and the proxy, or the proxy said no.
    private func proxyFailure(
        _ handle: borrowing CurlHandle, _ answer: Answer, _ message: String
    ) -> DownloadFailure? {
        let status = handle.integer(CURLINFO_HTTP_CONNECTCODE)
        if status >= 300 {
            let hint = status == 407 ? "wants credentials" : "refuses"
            return answer.proxyFailure(
                "\(hint) (HTTP status \(status))", isTransient: status >= 500)
        }
        switch answer.code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY:
            return answer.proxyFailure("cannot be used: \(message)", isTransient: true)
        case CURLE_OPERATION_TIMEDOUT where handle.offset(CURLINFO_PRETRANSFER_TIME_T) == 0:
            return answer.proxyFailure(
                "gave no connection within \(policy.connectTimeout) seconds", isTransient: true)
        default: return nil
        }
    }
}
