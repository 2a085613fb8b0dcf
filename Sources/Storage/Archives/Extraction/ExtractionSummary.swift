/// What was unpacked.
package struct ExtractionSummary: Hashable, Sendable {
    /// The number of entries, without those that were left out.
    package var entries = 0
    /// The sum of file sizes in bytes.
    package var totalBytes: UInt64 = 0
}
