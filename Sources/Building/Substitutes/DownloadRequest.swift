package import Primitives

/// What to download, where from, and what it must be.
package struct DownloadRequest: Sendable {
    /// The name for messages, for example the derivation's.
    package var name: String
    /// The places to try, in this order.
    package var sources: [DownloadSource]
    /// The file to make. It appears whole and checked, by a rename, or not at all.
    package var destination: String
    /// The file that holds what has arrived so far, kept between runs. It is best on the file
    /// system of the destination (else the bytes are copied at the end).
    package var partial: String
    /// The digest of the bytes. Without one nothing is resumed from an earlier run and the caller
    /// does the checking.
    package var expectedDigest: Digest?
    /// Whether the digest is only what somebody says: it tells whether bytes that were put together are
    /// right, and does not refuse what came in one piece.
    package var isDigestHint = false
    /// The size in bytes, if known: another one is refused without reading the body.
    package var expectedSize: UInt64?

    /// A request; `partial` is `destination` with `.partial` appended unless given.
    package init(
        name: String, sources: [DownloadSource], destination: String, partial: String? = nil,
        expectedDigest: Digest?, expectedSize: UInt64? = nil
    ) {
        self.name = name
        self.sources = sources
        self.destination = destination
        self.partial = partial ?? destination + ".partial"
        self.expectedDigest = expectedDigest
        self.expectedSize = expectedSize
    }
}
