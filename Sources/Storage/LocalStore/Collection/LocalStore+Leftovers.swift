import Archives
import Primitives
import StoreModel

extension LocalStore {
    /// What killed processes left in the store directory: items that are not valid, and locks.
    /// Names that are no store paths are not ours to judge.
    ///
    /// - Parameters:
    ///   - listing: what lies in the store directory.
    ///   - isValid: asked after everything that runs was seen in `inUse`.
    ///   - inUse: the temporary roots. They count by hash part, so that whatever stands beside a
    ///     path under its hash part is kept with it.
    func leftovers(
        in listing: DirectoryListing, isValid: (StorePath) throws -> Bool, inUse: [StoreRoot]
    ) throws -> [Leftover] {
        let hashParts = Set(inUse.map(\.target.hashPart))
        var leftovers: [Leftover] = []
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            // Names that are no store paths are not ours.
            guard let path = try? StorePath(baseName: name.string),
                try !isValid(path), !hashParts.contains(path.hashPart),
                let status = try folder.descriptor.statusIfPresent(of: name)
            else { continue }
            if let locked = Self.lockedPath(name, status) {
                leftovers.append(Leftover(name: name, path: locked, isLock: true))
            } else {
                leftovers.append(Leftover(name: name, path: path, isLock: false))
            }
        }
        return leftovers
    }

    /// The names in a store directory that store paths may have, valid or not, without locks.
    ///
    /// - Parameter isRegistered: asked of what looks like a lock: what is registered is an item,
    ///   whatever its name and mode.
    static func itemsOnDisk(
        in directory: consuming DirectoryDescriptor,
        isRegistered: (StorePath) -> Bool = { _ in false }
    ) throws -> [StorePath] {
        let listing = try DirectoryListing(of: directory.reopened())
        return try (0..<listing.count).compactMap { index in
            let name = listing.name(at: index)
            // Names that are no store paths are not ours.
            guard let path = try? StorePath(baseName: name.string) else { return nil }
            if path.name.hasSuffix(lockSuffix), !isRegistered(path),
                let status = try directory.statusIfPresent(of: name),
                lockedPath(name, status) != nil
            {
                return nil
            }
            return path
        }
    }

    private static let lockSuffix = ".lock"

    /// The path that the file `name` locks; `nil` when it is no lock. An item may have such a name,
    /// too: but a lock has at most one byte and its owner may write to it, and an item nobody.
    private static func lockedPath(_ name: FileName, _ status: NodeStatus) -> StorePath? {
        guard name.string.hasSuffix(lockSuffix), case .regular = status.kind, status.size <= 1,
            status.mode & 0o200 != 0
        else { return nil }
        // Without the suffix it may be no store path, and then it locks none.
        return try? StorePath(baseName: String(name.string.dropLast(lockSuffix.count)))
    }

    /// The bytes in the files of the tree `name`; those deeper than a NAR can be are not counted.
    func fileSize(
        of name: FileName, in directory: borrowing DirectoryDescriptor, depth: Int = 0
    ) throws -> UInt64 {
        guard depth < TreeWalker.maximumDepth,
            let status = try directory.statusIfPresent(of: name)
        else { return 0 }
        guard case .directory = status.kind else { return status.size }
        // A directory that cannot be read is counted as empty: the number is for people.
        guard let child = try? directory.openDirectory(name) else { return 0 }
        let listing = try DirectoryListing(of: child.reopened())
        var size: UInt64 = 0
        for index in 0..<listing.count {
            size.addSaturating(
                try fileSize(of: listing.name(at: index), in: child, depth: depth + 1))
        }
        return size
    }
}
