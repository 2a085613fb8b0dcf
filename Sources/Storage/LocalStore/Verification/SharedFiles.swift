import Archives
package import StoreModel

/// Files that were damaged and have several names, by what they were replaced with: damage in a
/// file that paths share is repaired in all of them when one is repaired.
package struct SharedFiles {
    private let folder: StoreFolder
    /// The names below the store directory of what a damaged file should have been.
    private var replacements: [FileIdentity: [FileName]] = [:]
    private var damaged: [StorePath: [FileIdentity: [FileName]]] = [:]

    init(folder: StoreFolder) { self.folder = folder }

    /// Notes the files with several names in `path`, before it is repaired.
    package mutating func note(_ path: StorePath) throws {
        var found: [FileIdentity: [FileName]] = [:]
        try collect(path.fileName(), in: folder.descriptor, [], &found)
        if !found.isEmpty { damaged[path] = found }
    }

    private func collect(
        _ name: FileName, in directory: borrowing DirectoryDescriptor, _ parents: [FileName],
        _ found: inout [FileIdentity: [FileName]]
    ) throws {
        guard parents.count < TreeWalker.maximumDepth,
            let status = try directory.statusIfPresent(of: name)
        else { return }
        switch status.kind {
        case .regular where status.linkCount > 1: found[status.identity] = parents + [name]
        case .directory:
            let child = try directory.openDirectoryForcibly(name)
            let listing = try DirectoryListing(of: child.reopened())
            for index in 0..<listing.count {
                try collect(listing.name(at: index), in: child, parents + [name], &found)
            }
        default: break
        }
    }

    /// Notes that `path` is repaired: its files are what the damaged ones should have been.
    package mutating func repaired(_ path: StorePath) {
        for (identity, names) in damaged.removeValue(forKey: path) ?? [:] {
            replacements[identity] = names
        }
    }

    /// Whether some file is known that was repaired elsewhere.
    var isEmpty: Bool { replacements.isEmpty }

    /// The file to read instead of a damaged one.
    func replacement(for identity: FileIdentity) throws -> OpenFile? {
        guard let names = replacements[identity], let last = names.last else { return nil }
        var directory = try folder.descriptor.reopened()
        for name in names.dropLast() { directory = try directory.openDirectory(name) }
        return try directory.openFile(last)
    }
}

extension LocalStore {
    /// A note of what damaged paths share; none yet.
    package func sharedFiles() -> SharedFiles { SharedFiles(folder: folder) }

    /// Repairs a valid path whose damage lies in files that were repaired elsewhere.
    ///
    /// - Returns: whether that gave the registered contents.
    package func repair(_ path: StorePath, sharing files: SharedFiles) throws -> Bool {
        guard !files.isEmpty else { return false }
        return try repair(path) { name, target in
            try TreeFingerprint(
                reading: name, in: folder.descriptor, candidates: [], wanted: nil,
                substitute: { try files.replacement(for: $0) },
                copy: TreeBuilder(name, in: target))
        }
    }
}
