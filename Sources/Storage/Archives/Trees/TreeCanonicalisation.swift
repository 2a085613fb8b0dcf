import Glibc

/// Gives the trees `names` in `directory`, the outputs of one build, the metadata of the store
/// (S15), in place: files 0444 or 0555, directories 0555, modification time 1, no extended
/// attributes, owned by this user. Set-user-id and the like vanish.
///
/// The trees must not be reachable by anybody else yet: do this before they are moved to where
/// others see them.
///
/// - Throws: ``ArchivesError/unsupportedFileType(path:type:)`` for devices, pipes and sockets,
///   ``ArchivesError/foreignHardLink(path:inTree:links:)`` for a file that has a name outside of
///   these trees (no metadata of such a file is changed), and for what the system refuses.
public func canonicaliseMetadata(
    of names: [FileName], in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    var census = HardLinkCensus()
    for name in names { try census.count(name, in: directory, depth: 0) }
    try census.check()
    let user = geteuid()
    let group = getegid()
    for name in names {
        try canonicalise(name, in: directory, hint: .unknown, user: user, group: group)
    }
}

/// Gives the tree `name` in `directory` the metadata of the store; see
/// ``canonicaliseMetadata(of:in:)-([FileName],_)``.
public func canonicaliseMetadata(
    of name: FileName, in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    try canonicaliseMetadata(of: [name], in: directory)
}

/// Counts the names that files with several have in the trees that were visited, and refuses what
/// can be refused before anything is changed.
private struct HardLinkCensus {
    private struct Links {
        let path: String
        let total: UInt64
        var seen: UInt64
    }

    private var files: [FileIdentity: Links] = [:]

    mutating func count(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int
    ) throws(ArchivesError) {
        if depth >= TreeWalker.maximumDepth { throw .tooDeep(path: directory.path(of: name)) }
        let status = try directory.status(of: name)
        switch status.kind {
        case .symlink: break
        case .other(let type):
            throw .unsupportedFileType(path: directory.path(of: name), type: type)
        case .regular:
            if status.linkCount < 2 { break }
            let path = directory.path(of: name)
            files[
                status.identity, default: Links(path: path, total: status.linkCount, seen: 0)
            ].seen += 1
        case .directory:
            let directory = try directory.openDirectoryForcibly(name)
            let listing = try DirectoryListing(of: directory)
            for index in 0..<listing.count {
                try count(listing.name(at: index), in: directory, depth: depth + 1)
            }
        }
    }

    func check() throws(ArchivesError) {
        // The first by path, so that the message is the same every time.
        let foreign = files.values.filter { $0.seen < $0.total }.min { $0.path < $1.path }
        guard let foreign else { return }
        throw .foreignHardLink(path: foreign.path, inTree: foreign.seen, links: foreign.total)
    }
}

private func canonicalise(
    _ name: FileName, in directory: borrowing DirectoryDescriptor, hint: DirectoryListing.Hint,
    user: UInt32, group: UInt32
) throws(ArchivesError) {
    let status = try directory.status(of: name)
    try directory.removeExtendedAttributes(of: name)
    if status.user != user || (user == 0 && status.group != group) {
        if user != 0 {
            throw .foreignOwner(path: directory.path(of: name), user: status.user)
        }
        try directory.setOwner(user, group: group, of: name)
    }
    switch status.kind {
    case .other(let type):
        throw .unsupportedFileType(path: directory.path(of: name), type: type)
    case .symlink: break
    case .regular:
        let mode: UInt32 = status.isExecutable ? 0o555 : 0o444
        if status.mode != mode { try directory.setMode(mode, of: name) }
    case .directory:
        do {
            let directory = try directory.openDirectoryForcibly(name)
            let listing = try DirectoryListing(of: directory)
            for index in 0..<listing.count {
                try canonicalise(
                    listing.name(at: index), in: directory, hint: listing.hint(at: index),
                    user: user, group: group)
            }
        }
        try directory.setMode(0o555, of: name)
    }
    if status.modificationSeconds != canonicalModificationTime
        || status.modificationNanoseconds != 0
    {
        try directory.setModificationTime(canonicalModificationTime, of: name)
    }
}
