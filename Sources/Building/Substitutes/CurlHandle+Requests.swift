import CCurl
import Primitives

/// Signs requests as S3 and what speaks like it want them signed (AWS's signature version 4).
package struct RequestSigning: Sendable, Hashable {
    /// The region, such as `us-east-1`.
    package var region: String
    /// The name of the key.
    package var accessKey: String
    /// The key. Never print it.
    package var secretKey: String
    /// What belongs to keys that are lent for a time.
    package var sessionToken: String?

    /// A key for a region.
    package init(
        region: String, accessKey: String, secretKey: String, sessionToken: String? = nil
    ) {
        self.region = region
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension CurlHandle {
    /// Sets every option, every time: the handle is reset, so nothing of an earlier request stays.
    ///
    /// - Parameters:
    ///   - showsAccess: whether this is the server that the policy's token and key are for.
    ///   - payload: of what is sent along; nothing unless given.
    /// - Returns: headers that belong to the request.
    func prepare(
        _ url: DownloadURL, proxy: String?, _ policy: DownloadPolicy, showsAccess: Bool,
        payload: Digest = .hash("")
    ) throws(DownloadError) -> [String] {
        try reset()
        try set(CURLOPT_URL, url.text)
        try set(CURLOPT_PROTOCOLS_STR, url.scheme)
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_PROXY_SSL_VERIFYPEER, 1)
        try set(CURLOPT_PROXY_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try set(CURLOPT_CONNECTTIMEOUT, policy.connectTimeout)
        try set(CURLOPT_LOW_SPEED_LIMIT, policy.minimumBytesPerSecond)
        try set(CURLOPT_LOW_SPEED_TIME, policy.stallTimeout)
        // Only for speed. After a name that was not found, libcurl still holds the buffer of that try
        // and refuses another size.
        try? set(CURLOPT_BUFFERSIZE, 512 << 10)
        try set(CURLOPT_USERAGENT, policy.userAgent)
        if let path = policy.certificateFile {
            try set(CURLOPT_CAINFO, path)
            try set(CURLOPT_PROXY_CAINFO, path)
        }
        if let path = policy.netrcFile {
            try set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue))
            try set(CURLOPT_NETRC_FILE, path)
        }
        // Found already; libcurl does not look into the environment once more.
        try set(CURLOPT_PROXY, proxy ?? "")
        try set(CURLOPT_NOPROXY, "")
        return showsAccess ? try showAccess(policy, payload) : []
    }

    private func showAccess(
        _ policy: DownloadPolicy, _ payload: Digest
    ) throws(DownloadError) -> [String] {
        if let signing = policy.signing {
            // Else names and passwords of the netrc file would be signed with.
            try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
            try set(CURLOPT_AWS_SIGV4, "aws:amz:\(signing.region):s3")
            try set(CURLOPT_USERNAME, signing.accessKey)
            try set(CURLOPT_PASSWORD, signing.secretKey)
            // Wanted with every request; libcurl makes it for some.
            return ["x-amz-content-sha256: \(payload.base16)"]
                + (signing.sessionToken.map { ["x-amz-security-token: \($0)"] } ?? [])
        }
        return policy.token.map { ["Authorization: Bearer \($0)"] } ?? []
    }

    /// What libcurl's code means.
    func failure(_ code: CURLcode, _ policy: DownloadPolicy) -> DownloadFailure {
        let message = lastMessage(code)
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return offset(CURLINFO_PRETRANSFER_TIME_T) > 0
                ? .stalled(seconds: policy.stallTimeout)
                : .noConnection(seconds: policy.connectTimeout)
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
