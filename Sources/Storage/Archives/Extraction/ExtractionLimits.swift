/// How much an archive may unpack to.
package struct ExtractionLimits: Hashable, Sendable {
    /// The greatest sum of file sizes, in bytes, holes included.
    package var totalBytes: UInt64
    /// The greatest number of entries.
    package var entries: Int
    /// How many times larger than the archive the files may be.
    package var ratio: UInt64
    /// The sum of file sizes, in bytes, up to which no ratio is too high.
    package var ratioMinimum: UInt64

    /// Limits; by default 64 GiB, two million entries and a ratio of 2000 above
    /// 256 MiB.
    package init(
        totalBytes: UInt64 = 64 << 30, entries: Int = 2_000_000, ratio: UInt64 = 2000,
        ratioMinimum: UInt64 = 256 << 20
    ) {
        self.totalBytes = totalBytes
        self.entries = entries
        self.ratio = ratio
        self.ratioMinimum = ratioMinimum
    }
}
