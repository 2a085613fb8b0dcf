import Glibc

/// Gives the trees `names` in `directory`, the outputs of one build, the metadata of the store
/// (`docs/formats/nar.md`), in place: files 0444 or 0555, directories 0555, modification time 1, no
/// extended attributes, owned by this user. Set-user-id and the like vanish.
///
/// The trees must not be reachable by anybody else yet: do this before they are moved to where
/// others see them.
///
/// - Throws: ``ArchivesError/unsupportedFileType(path:type:)`` for devices, pipes and sockets,
///   ``ArchivesError/foreignHardLink(path:inTree:links:)`` for a file that has a name outside of
///   these trees (no metadata of such a file is changed), and for what the system refuses.
package func canonicaliseMetadata(
    of names: [FileName], in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    var census = HardLinkCensus()
    for name in names { try census.count(name, in: directory, depth: 0) }
    try census.check()
    for name in names { try canonicalise(name, in: directory) }
}

/// Gives the tree `name` in `directory`, a store item that others can reach, its canonical metadata
/// again, in place; see ``canonicaliseMetadata(of:in:)-([FileName],_)``.
///
/// Directories are closed to others before anything else, so that nobody exchanges what they hold
/// meanwhile.
///
/// - Parameter shared: files that may have names outside of the tree.
/// - Throws: ``ArchivesError/foreignHardLink(path:inTree:links:)`` for any other file that has one:
///   its owner may be somebody who wants its mode changed.
package func canonicaliseItem(
    _ name: FileName, in directory: borrowing DirectoryDescriptor, shared: Set<FileIdentity>
) throws(ArchivesError) {
    var census = HardLinkCensus(closesDirectories: true)
    try census.count(name, in: directory, depth: 0)
    try census.check(except: shared)
    try canonicalise(name, in: directory)
}

/// Gives the tree `name` in `directory` the metadata of the store; see
/// ``canonicaliseMetadata(of:in:)-([FileName],_)``.
package func canonicaliseMetadata(
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
    /// Whether directories are taken over, and closed to others, before they are listed.
    private let closesDirectories: Bool

    init(closesDirectories: Bool = false) { self.closesDirectories = closesDirectories }

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
            if closesDirectories {
                try directory.takeOver(name, status)
                try directory.removeExtendedAttributes(of: name)
                try directory.setMode(0o555, of: name)
            }
            let directory = try directory.openDirectoryForcibly(name)
            let listing = try DirectoryListing(of: directory)
            for index in 0..<listing.count {
                try count(listing.name(at: index), in: directory, depth: depth + 1)
            }
        }
    }

    func check(except shared: Set<FileIdentity> = []) throws(ArchivesError) {
        // The first by path, so that the message is the same every time.
        let foreign = files.filter { $0.value.seen < $0.value.total && !shared.contains($0.key) }
            .map(\.value).min { $0.path < $1.path }
        guard let foreign else { return }
        throw .foreignHardLink(path: foreign.path, inTree: foreign.seen, links: foreign.total)
    }
}

private func canonicalise(
    _ name: FileName, in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    let status = try directory.status(of: name)
    try directory.removeExtendedAttributes(of: name)
    try directory.takeOver(name, status)
    switch status.kind {
    case .other(let type):
        throw .unsupportedFileType(path: directory.path(of: name), type: type)
    case .symlink: break
    case .regular:
        if status.mode != status.canonicalMode {
            try directory.setMode(status.canonicalMode, of: name)
        }
    case .directory:
        do {
            let directory = try directory.openDirectoryForcibly(name)
            let listing = try DirectoryListing(of: directory)
            for index in 0..<listing.count {
                try canonicalise(listing.name(at: index), in: directory)
            }
        }
        try directory.setMode(status.canonicalMode, of: name)
    }
    if !status.hasCanonicalTime {
        try directory.setModificationTime(canonicalModificationTime, of: name)
    }
}

extension DirectoryDescriptor {
    /// Makes this user the owner of `name`.
    fileprivate func takeOver(_ name: FileName, _ status: NodeStatus) throws(ArchivesError) {
        let (user, group) = (geteuid(), getegid())
        guard status.user != user || (user == 0 && status.group != group) else { return }
        if user != 0 { throw .foreignOwner(path: path(of: name), user: status.user) }
        try setOwner(user, group: group, of: name)
    }
}

extension NodeStatus {
    /// The mode that it has in a store; a symbolic link's is left as it is.
    var canonicalMode: UInt32 {
        switch kind {
        case .regular: isExecutable ? 0o555 : 0o444
        case .directory: 0o555
        case .symlink, .other: mode
        }
    }

    /// Whether it was changed when everything in a store was.
    var hasCanonicalTime: Bool {
        modificationSeconds == canonicalModificationTime && modificationNanoseconds == 0
    }
}
