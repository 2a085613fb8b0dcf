/// How much an archive may unpack to.
public struct ExtractionLimits: Hashable, Sendable {
    /// The greatest sum of file sizes, in bytes, holes included.
    public var totalBytes: UInt64
    /// The greatest number of entries.
    public var entries: Int
    /// How many times larger than the archive the files may be, counted when they are larger than
    /// 256 MiB.
    public var ratio: UInt64

    /// Limits; by default 64 GiB, two million entries and a ratio of 2000.
    public init(
        totalBytes: UInt64 = 64 << 30, entries: Int = 2_000_000, ratio: UInt64 = 2000
    ) {
        self.totalBytes = totalBytes
        self.entries = entries
        self.ratio = ratio
    }
}
