/// What was unpacked.
public struct ExtractionSummary: Hashable, Sendable {
    /// The number of entries, without those that were left out.
    public var entries = 0
    /// The sum of file sizes in bytes.
    public var totalBytes: UInt64 = 0
}
