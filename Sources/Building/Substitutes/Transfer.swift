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
            let start = url.scheme == "file" ? 0 : file.count
            let receiver = TransferReceiver(
                file: file, url: url, requestedStart: start, expectedSize: expectedSize,
                maximumSize: policy.maximumSize, progress: progress)
            try configure(handle, url, source.proxy, start: start)
            let condition = start > 0 ? validator.map { "If-Range: \($0)" } : nil
            let code = try handle.perform(receiver, header: condition)
            if let fatal = receiver.fatal { throw fatal }
            if receiver.hasBegun { validator = receiver.headers.validator }
            if url.scheme != "file", (300..<400).contains(receiver.headers.status),
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
            return try judge(handle, code, receiver, start: start, file)
        }
    }

    /// Every option, every time: the handle was reset, so nothing of an earlier request stays.
    /// Redirects are followed by ``run(_:into:validator:)``, because libcurl's own rule cannot
    /// say "https stays https".
    private func configure(
        _ handle: borrowing CurlHandle, _ url: DownloadURL, _ proxy: ProxyChoice, start: UInt64
    ) throws(DownloadError) {
        try handle.reset()
        try handle.set(CURLOPT_URL, url.text)
        try handle.set(CURLOPT_PROTOCOLS_STR, url.scheme)
        try handle.set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
        try handle.set(CURLOPT_FOLLOWLOCATION, 0)
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_NOPROGRESS, 1)
        try handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_PROXY_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_PROXY_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try handle.set(CURLOPT_CONNECTTIMEOUT, policy.connectTimeout)
        try handle.set(CURLOPT_LOW_SPEED_LIMIT, policy.minimumBytesPerSecond)
        try handle.set(CURLOPT_LOW_SPEED_TIME, policy.stallTimeout)
        // Only for speed. After a name that was not found, libcurl still holds the buffer of that try
        // and refuses another size.
        try? handle.set(CURLOPT_BUFFERSIZE, 512 << 10)
        try handle.set(CURLOPT_USERAGENT, policy.userAgent)
        if let path = policy.certificateFile {
            try handle.set(CURLOPT_CAINFO, path)
            try handle.set(CURLOPT_PROXY_CAINFO, path)
        }
        if let path = policy.netrcFile {
            try handle.set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
            try handle.set(CURLOPT_NETRC_FILE, path)
        }
        switch proxy {
        case .environment: break
        case .direct: try handle.set(CURLOPT_PROXY, "")
        case .through(let address): try handle.set(CURLOPT_PROXY, address.text)
        }
        // CURLOPT_RANGE and not CURLOPT_RESUME_FROM: that one fails when a server ignores it.
        if start > 0 { try handle.set(CURLOPT_RANGE, "\(start)-") }
    }

    private func judge(
        _ handle: borrowing CurlHandle, _ code: CURLcode, _ receiver: TransferReceiver,
        start: UInt64, _ file: PartialFile
    ) throws(DownloadError) -> Outcome {
        if let failure = receiver.failure {
            return receiver.areBytesWrong
                ? .wrongBytes(failure) : .failed(failure, retryAfter: 0)
        }
        if receiver.isSuccess {
            guard code == CURLE_OK else {
                return .failed(failure(handle, code, receiver, file), retryAfter: 0)
            }
            guard receiver.begin() else {
                if let fatal = receiver.fatal { throw fatal }
                return .failed(receiver.failure ?? .malformedResponse("no body"), retryAfter: 0)
            }
            receiver.report()
            return .complete
        }
        let status = receiver.headers.status
        // A status that says no counts even when the error page broke off.
        guard status >= 300 || code == CURLE_OK else {
            return .failed(failure(handle, code, receiver, file), retryAfter: 0)
        }
        switch status {
        case 404, 410: return .failed(.notFound, retryAfter: 0)
        case 401, 402, 403, 407, 451: return .failed(.refused(status: status), retryAfter: 0)
        // It has no byte where we wanted to go on: the file here is longer than the one there.
        case 416 where start > 0: return .wrongBytes(.status(status))
        default:
            return .failed(.status(status), retryAfter: handle.offset(CURLINFO_RETRY_AFTER))
        }
    }

    /// What libcurl's code means for a download.
    private func failure(
        _ handle: borrowing CurlHandle, _ code: CURLcode, _ receiver: TransferReceiver,
        _ file: PartialFile
    ) -> DownloadFailure {
        let message = handle.lastMessage(code)
        switch code {
        case CURLE_FILE_COULDNT_READ_FILE: return .notFound
        case CURLE_PARTIAL_FILE:
            return .truncated(
                received: file.count,
                expected: receiver.headers.rangeTotal ?? receiver.headers.contentLength)
        case CURLE_OPERATION_TIMEDOUT:
            return handle.offset(CURLINFO_PRETRANSFER_TIME_T) > 0
                ? .stalled(seconds: policy.stallTimeout) : .connection(message)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_USE_SSL_FAILED:
            return .tls(message)
        case CURLE_SSL_CONNECT_ERROR:
            // The same code for a refused protocol and for a connection that broke meanwhile.
            return message.contains("SYSCALL") || message.contains("reset")
                ? .connection(message) : .tls(message)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING:
            return .malformedResponse(message)
        default: return .connection(message)
        }
    }
}
