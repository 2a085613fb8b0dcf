package import Primitives

/// A finished download.
package struct DownloadResult: Hashable, Sendable {
    /// The digest of the file: of the expected algorithm, or SHA-256 when none was expected.
    package let digest: Digest
    /// Its size in bytes.
    package let size: UInt64
    /// The source it came from, after mirrors, before redirects; `nil` when the bytes of an
    /// earlier run were already whole and nothing was asked for.
    package let url: DownloadURL?
    /// Bytes that came from an earlier run or an earlier source.
    package let resumedBytes: UInt64
    /// The sources that failed before this one.
    package let failures: [DownloadAttempt]
}
