import CKernel
import Glibc

/// Removes the tree `name` in `directory`, whatever is in it: directories nobody may read or write,
/// and trees deeper than any path or stack can be. Nothing is done when there is no such entry.
///
/// Works by single names in open directories only, never follows a symbolic link, and uses one
/// descriptor and little memory for any depth: the way back up is `..`, and is taken only when it
/// leads to the very directory that the way down came from. What is mounted in the tree is not
/// entered.
///
/// - Throws: ``ArchivesError``; what was not yet removed is still there.
package func removeTree(
    _ name: FileName, in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    guard let status = try directory.statusIfPresent(of: name) else { return }
    guard case .directory = status.kind else { return try directory.removeFile(name) }
    var levels = [
        Level(name: name, parent: try directory.status().identity, pending: [])
    ]
    var current = try directory.openDirectoryForcibly(name)
    try prepare(current)
    while let level = levels.last {
        if let next = level.pending.last {
            levels[levels.count - 1].pending.removeLast()
            levels.append(
                Level(name: next, parent: try current.status().identity, pending: []))
            current = try current.openDirectoryForcibly(next)
            try prepare(current)
            continue
        }
        let subdirectories = try removeFiles(in: current)
        if !subdirectories.isEmpty {
            levels[levels.count - 1].pending = subdirectories
            continue
        }
        // Empty: back to the parent, which must be the one that the way down came from.
        levels.removeLast()
        if levels.isEmpty { break }
        let parent = try current.openParent(of: level.name)
        guard try parent.status().identity == level.parent else {
            throw .changedWhileReading(path: current.path)
        }
        try parent.removeDirectory(level.name)
        current = parent
    }
    try directory.removeDirectory(name)
}

private struct Level {
    let name: FileName
    /// The directory that holds it.
    let parent: FileIdentity
    /// Directories in it that were seen and are still to be removed.
    var pending: [FileName]
}

/// Makes the directory's entries removable, unless they are another file system's.
private func prepare(_ directory: borrowing DirectoryDescriptor) throws(ArchivesError) {
    let isMounted = nodeos_is_mount_root(directory.rawValue)
    guard isMounted <= 0 else {
        throw .system(operation: "remove the mount point", path: directory.path, code: EBUSY)
    }
    if try directory.status().mode & 0o700 != 0o700 { try directory.setMode(0o700) }
}

/// Removes everything but directories from the next thousands of entries.
///
/// - Returns: the directories among them; empty only when nothing is left.
private func removeFiles(
    in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) -> [FileName] {
    while true {
        // A fresh description reads from the beginning: the last round has removed all it read.
        let listing = try DirectoryListing(of: directory.reopened(), limit: 4096)
        if listing.count == 0 { return [] }
        var subdirectories: [FileName] = []
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            var isDirectory = listing.hint(at: index) == .directory
            if listing.hint(at: index) == .unknown,
                case .directory = try directory.status(of: name).kind
            {
                isDirectory = true
            }
            if isDirectory {
                subdirectories.append(name)
            } else {
                try directory.removeFile(name)
            }
        }
        if !subdirectories.isEmpty { return subdirectories }
    }
}
