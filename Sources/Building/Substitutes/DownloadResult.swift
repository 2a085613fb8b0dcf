public import Primitives

/// A finished download.
public struct DownloadResult: Hashable, Sendable {
    /// The digest of the file: of the expected algorithm, or SHA-256 when none was expected.
    public let digest: Digest
    /// Its size in bytes.
    public let size: UInt64
    /// The source it came from, after mirrors, before redirects; `nil` when the bytes of an
    /// earlier run were already whole and nothing was asked for.
    public let url: DownloadURL?
    /// Bytes that came from an earlier run or an earlier source.
    public let resumedBytes: UInt64
    /// The sources that failed before this one.
    public let failures: [DownloadAttempt]
}
