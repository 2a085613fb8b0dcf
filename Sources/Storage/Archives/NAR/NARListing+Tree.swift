import Glibc

extension NARListing {
    /// Lists the tree `name` in `directory`, as its NAR would be listed, without reading contents.
    /// The offsets of files are 0: there is no NAR.
    ///
    /// - Parameter depth: how many levels of directories are opened; those below count as empty.
    /// - Throws: ``ArchivesError`` for what cannot be read or can be in no NAR.
    package init(
        listing name: FileName, in directory: borrowing DirectoryDescriptor,
        depth: Int = TreeWalker.maximumDepth
    ) throws(ArchivesError) {
        self.init(root: try Self.node(name, in: directory, depth: depth))
    }

    private static func node(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int
    ) throws(ArchivesError) -> Node {
        let status = try directory.status(of: name)
        switch status.kind {
        case .regular:
            return .regular(executable: status.isExecutable, size: status.size, offset: 0)
        case .symlink: return .symlink(target: try directory.readLink(name))
        case .other(let type):
            throw .unsupportedFileType(path: directory.path(of: name), type: type)
        case .directory:
            guard depth > 0 else { return .directory([]) }
            let child = try directory.openDirectory(name)
            let listing = try DirectoryListing(of: child.reopened())
            var entries: [Entry] = []
            for index in 0..<listing.count {
                let name = listing.name(at: index)
                entries.append(
                    Entry(name: name, node: try node(name, in: child, depth: depth - 1)))
            }
            return .directory(entries)
        }
    }
}
