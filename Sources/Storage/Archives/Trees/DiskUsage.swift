/// What trees take on the disk: blocks, as the file system counts them. A file with several names is
/// counted once, however many trees it is in.
package struct DiskUsage: Sendable {
    private var plain: UInt64 = 0
    private var linked: [FileIdentity: UInt64] = [:]

    /// Nothing.
    package init() {}

    /// The bytes on the disk.
    package var bytes: UInt64 { linked.values.reduce(plain, +) }

    /// Adds what `other` counted.
    package mutating func add(_ other: DiskUsage) {
        plain += other.plain
        linked.merge(other.linked) { first, _ in first }
    }

    /// Adds the tree `name` in `directory`; links are counted and not followed.
    ///
    /// - Throws: ``ArchivesError`` for what cannot be read or lies too deep.
    package mutating func add(_ name: FileName, in directory: borrowing DirectoryDescriptor)
        throws(ArchivesError)
    {
        try add(name, in: directory, depth: 0)
    }

    private mutating func add(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int
    ) throws(ArchivesError) {
        if depth >= TreeWalker.maximumDepth { throw .tooDeep(path: directory.path(of: name)) }
        let status = try directory.status(of: name)
        guard case .directory = status.kind else {
            if status.linkCount > 1 {
                linked[status.identity] = status.diskSize
            } else {
                plain += status.diskSize
            }
            return
        }
        plain += status.diskSize
        let inner = try directory.openDirectory(name)
        let listing = try DirectoryListing(of: inner)
        for index in 0..<listing.count {
            try add(listing.name(at: index), in: inner, depth: depth + 1)
        }
    }
}
