import Glibc
import Primitives
import SystemSupport

/// A bucket of S3, or of something that speaks like it, as Nix names them:
/// `s3://BUCKET/FOLDER?region=…&endpoint=…&scheme=…&profile=…`.
package struct S3Address: Hashable, Sendable {
    /// Where its files are.
    package let url: DownloadURL
    /// The region that requests are signed for.
    package let region: String
    /// Which keys of the file of keys.
    package let profile: String?
    /// What the user thinks of the cache.
    package let priority: Int?

    /// Parses `text`, which begins with `s3://`.
    ///
    /// - Throws: ``BinaryCacheError/badS3Address(url:reason:)``, `MirrorError`.
    package init(parsing text: String) throws {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let place = parts[0].dropFirst("s3://".count)
        let bucket = place.prefix { $0 != "/" }
        var folder = place.dropFirst(bucket.count)
        while folder.last == "/" { folder.removeLast() }
        func fail(_ reason: String) -> BinaryCacheError {
            .badS3Address(url: URLRedaction.redact(text), reason: reason)
        }
        guard !bucket.isEmpty, bucket.utf8.allSatisfy(Self.isBucketByte) else {
            throw fail("'\(bucket)' is no name of a bucket")
        }
        var parameters: [String: String] = [:]
        for part in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, Self.names.contains(String(pair[0])) else {
                throw fail(
                    "behind '?' may stand \(Self.names.joined(separator: "=…, "))=…, not '\(part)'")
            }
            parameters[String(pair[0])] = String(pair[1])
        }
        let region = parameters["region"] ?? "us-east-1"
        guard !region.isEmpty, region.utf8.allSatisfy(Self.isBucketByte) else {
            throw fail("'\(region)' is no region")
        }
        let scheme = parameters["scheme"] ?? "https"
        guard ["http", "https"].contains(scheme) else {
            throw fail("'\(scheme)' is no scheme: http or https")
        }
        if let endpoint = parameters["endpoint"] {
            let base = endpoint.contains("://") ? endpoint : "\(scheme)://\(endpoint)"
            let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
            url = try DownloadURL(parsing: "\(trimmed)/\(bucket)\(folder)")
            guard url.scheme == "http" || url.scheme == "https" else {
                throw fail("'\(endpoint)' is no endpoint: a host, or a URL of http or https")
            }
        } else {
            url = try DownloadURL(
                parsing: "\(scheme)://\(bucket).s3.\(region).amazonaws.com\(folder)")
        }
        self.region = region
        profile = parameters["profile"]
        if let text = parameters["priority"] {
            guard let number = Int(text) else { throw fail("'\(text)' is no priority") }
            priority = number
        } else {
            priority = nil
        }
    }

    private static let names = ["region", "endpoint", "scheme", "profile", "priority"]

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._".utf8.contains(byte)
    }
}

extension RequestSigning {
    /// The keys for `address`; see ``CacheAddress/init(parsing:environment:)``.
    ///
    /// - Returns: `nil` when there are none.
    /// - Throws: `HostError`.
    package init?(for address: S3Address, environment: [String: String]) throws {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if address.profile == nil, let key = variable("AWS_ACCESS_KEY_ID"),
            let secret = variable("AWS_SECRET_ACCESS_KEY")
        {
            self.init(
                region: address.region, accessKey: key, secretKey: secret,
                sessionToken: variable("AWS_SESSION_TOKEN"))
            return
        }
        let profile = address.profile ?? variable("AWS_PROFILE") ?? "default"
        let values = Self.section(profile, of: try Self.keyFile(environment) ?? "")
        guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"]
        else { return nil }
        self.init(
            region: address.region, accessKey: key, secretKey: secret,
            sessionToken: values["aws_session_token"])
    }

    /// The text of the file of keys that `environment` names, or that is in its usual place.
    ///
    /// - Throws: `HostError` when it is named or there, and cannot be read.
    private static func keyFile(_ environment: [String: String]) throws -> String? {
        let named = environment["AWS_SHARED_CREDENTIALS_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = named ?? environment["HOME"].map({ $0 + "/.aws/credentials" }) else {
            return nil
        }
        do throws(HostError) {
            return String(decoding: try FileBytes.read(path: path, limit: 1 << 20), as: UTF8.self)
        } catch {
            if named == nil, case .system(_, _, let code) = error,
                code == ENOENT || code == ENOTDIR
            {
                return nil
            }
            throw error
        }
    }

    /// The `name = value` lines below `[profile]`.
    private static func section(_ profile: String, of text: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: "=", maxSplits: 1).map { part in
                part.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            guard let name = words.first else { continue }
            if name.hasPrefix("[") {
                isInside = name == "[\(profile)]"
            } else if isInside, words.count == 2, !name.hasPrefix("#") {
                values[name] = words[1]
            }
        }
        return values
    }
}
