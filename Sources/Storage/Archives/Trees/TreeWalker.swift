/// Reads a file tree below a directory descriptor and tells a visitor what it finds.
///
/// Every file is opened by its name in its open directory and never through a symbolic link, so
/// that nobody can lead the walk elsewhere. Directories are listed whole and sorted by the bytes of
/// the names; contents are read in pieces of at most 256 KiB.
package struct TreeWalker: ~Copyable {
    /// The levels a NAR may have (Nix 2.36): a node may lie in at most 63 directories of its tree.
    package static let maximumDepth = 64

    /// As large as the largest file so far needed: most trees are small, and clearing this would be
    /// most of the work for them.
    private var buffer: [UInt8] = []
    private static let maximumBuffer = 262_144

    /// Asked for each regular file whether another is to be read in its stead; `nil` reads it.
    package var substitute: ((FileIdentity) throws -> OpenFile?)?

    /// A walker; it keeps its buffer from tree to tree.
    package init() {}

    /// Visits the tree `name` in `directory`.
    ///
    /// - Throws: ``ArchivesError`` for what cannot be read, is neither regular file, directory nor
    ///   symbolic link, lies too deep or changes meanwhile; and what the visitor throws.
    package mutating func walk<Visitor: TreeVisitor & ~Copyable>(
        _ name: FileName, in directory: borrowing DirectoryDescriptor,
        visiting visitor: inout Visitor
    ) throws {
        try node(name, in: directory, hint: .unknown, depth: 0, visiting: &visitor)
    }

    private mutating func node<Visitor: TreeVisitor & ~Copyable>(
        _ name: FileName, in directory: borrowing DirectoryDescriptor,
        hint: DirectoryListing.Hint, depth: Int, visiting visitor: inout Visitor
    ) throws {
        if depth >= Self.maximumDepth {
            throw ArchivesError.tooDeep(path: directory.path(of: name))
        }
        switch hint {
        case .regular: try regular(name, in: directory, visiting: &visitor)
        case .directory:
            try self.directory(name, in: directory, depth: depth, visiting: &visitor)
        case .symlink: try visitor.symlink(target: directory.readLink(name))
        case .unknown:
            switch try directory.status(of: name).kind {
            case .regular: try regular(name, in: directory, visiting: &visitor)
            case .directory:
                try self.directory(name, in: directory, depth: depth, visiting: &visitor)
            case .symlink: try visitor.symlink(target: directory.readLink(name))
            case .other(let type):
                throw ArchivesError.unsupportedFileType(
                    path: directory.path(of: name), type: type)
            }
        }
    }

    private mutating func directory<Visitor: TreeVisitor & ~Copyable>(
        _ name: FileName, in parent: borrowing DirectoryDescriptor, depth: Int,
        visiting visitor: inout Visitor
    ) throws {
        let directory = try parent.openDirectory(name)
        let listing = try DirectoryListing(of: directory)
        try visitor.beginDirectory()
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            try visitor.entry(name)
            try node(
                name, in: directory, hint: listing.hint(at: index), depth: depth + 1,
                visiting: &visitor)
        }
        try visitor.endDirectory()
    }

    private mutating func regular<Visitor: TreeVisitor & ~Copyable>(
        _ name: FileName, in directory: borrowing DirectoryDescriptor,
        visiting visitor: inout Visitor
    ) throws {
        var file = try directory.openFile(name)
        var status = try file.status()
        if let other = try substitute?(status.identity) {
            status = try other.status()
            file = other
        }
        guard case .regular = status.kind else {
            throw ArchivesError.changedWhileReading(path: file.path)
        }
        try visitor.beginRegular(executable: status.isExecutable, size: status.size)
        var remaining = status.size
        let needed = Int(min(remaining + 1, UInt64(Self.maximumBuffer)))
        if buffer.count < needed { buffer = [UInt8](repeating: 0, count: needed) }
        while true {
            // One byte more than expected: so a file that grows is noticed by the same read.
            let wanted = Int(min(remaining + 1, UInt64(buffer.count)))
            let got = try file.read(into: &buffer, count: wanted)
            if got > remaining || (got == 0 && remaining > 0) {
                throw ArchivesError.changedWhileReading(path: file.path)
            }
            if got == 0 { break }
            try visitor.contents(buffer.span.extracting(0..<got))
            remaining -= UInt64(got)
            if remaining == 0 && got < wanted { break }
        }
        try visitor.endRegular()
    }
}
