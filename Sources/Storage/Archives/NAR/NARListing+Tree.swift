import Glibc

extension NARListing {
    /// Lists the tree `name` in `directory`, as its NAR would be listed, without reading contents.
    /// The offsets of files are 0: there is no NAR.
    ///
    /// - Parameters:
    ///   - depth: how many levels of directories are opened; those below count as empty.
    ///   - limit: how many names are kept at most.
    /// - Throws: ``ArchivesError`` for what cannot be read or can be in no NAR.
    package init(
        listing name: FileName, in directory: borrowing DirectoryDescriptor,
        depth: Int = TreeWalker.maximumDepth, limit: Int = .max
    ) throws(ArchivesError) {
        var rest = limit
        self.init(root: try Self.node(name, in: directory, depth: depth, &rest, of: limit))
    }

    private static func node(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int,
        _ rest: inout Int, of limit: Int
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
            rest -= listing.count
            guard rest >= 0 else { throw .tooManyEntries(limit: limit) }
            var entries: [Entry] = []
            for index in 0..<listing.count {
                let name = listing.name(at: index)
                entries.append(
                    Entry(
                        name: name,
                        node: try node(
                            name, in: child, depth: depth - 1, &rest, of: limit)))
            }
            return .directory(entries)
        }
    }
}
