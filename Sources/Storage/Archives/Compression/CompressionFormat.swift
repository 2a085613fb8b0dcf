/// The compressions of NARs, logs and sources.
package enum CompressionFormat: String, Sendable, Hashable, CaseIterable {
    /// Not compressed.
    case none
    /// gzip (RFC 1952); written without a time, so that equal input gives equal output.
    case gzip
    /// bzip2.
    case bzip2
    /// xz.
    case xz
    /// zstd (RFC 8878).
    case zstd
}
