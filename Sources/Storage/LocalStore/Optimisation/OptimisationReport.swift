/// What sharing the bytes of identical files gave, or would give.
package struct OptimisationReport: Hashable, Sendable {
    /// The regular files that were looked at.
    package internal(set) var fileCount = 0
    /// The files that share their bytes with another now and did not before.
    package internal(set) var sharedCount = 0
    /// The sizes of those together, in bytes: what the disk has free again.
    package internal(set) var sharedBytes: UInt64 = 0
    /// The files whose entry in the link folder was damaged; it was replaced.
    package internal(set) var damagedLinks = 0
    /// Files that could not be shared because the file system allows no more names of one file.
    package internal(set) var fullLinks = 0

    /// Nothing looked at.
    package init() {}

    mutating func add(_ other: OptimisationReport) {
        fileCount += other.fileCount
        sharedCount += other.sharedCount
        sharedBytes += other.sharedBytes
        damagedLinks += other.damagedLinks
        fullLinks += other.fullLinks
    }
}
