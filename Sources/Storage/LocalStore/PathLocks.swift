import Archives
package import StoreModel

/// The right to make some store paths, held against other processes and tasks until it is released
/// or goes (`docs/formats/locks-and-roots.md`). After taking it, look again whether the paths are valid.
package final class PathLocks: Sendable {
    /// The paths, sorted.
    package let paths: [StorePath]
    private let folder: StoreFolder
    private let locks: [HeldLock]

    private final class HeldLock: Sendable {
        let name: FileName
        let lock: FileLock

        init(_ name: FileName, _ lock: consuming FileLock) {
            self.name = name
            self.lock = lock
        }
    }

    /// Takes the locks of `paths`, all or none.
    ///
    /// - Returns: `nil` when `waits` is false and another holds one of them.
    init?(_ paths: some Sequence<StorePath>, in folder: StoreFolder, waits: Bool) throws {
        // In one order everywhere, so that two that wait for each other's are impossible.
        self.paths = Set(paths).sorted()
        self.folder = folder
        var held: [HeldLock] = []
        for path in self.paths {
            let name = try FileName(path.baseName + ".lock")
            guard let lock = try Self.acquire(name, in: folder, waits: waits) else {
                Self.release(held, in: folder)
                return nil
            }
            held.append(HeldLock(name, lock))
        }
        locks = held
    }

    deinit { Self.release(locks, in: folder) }

    private static func acquire(_ name: FileName, in folder: StoreFolder, waits: Bool) throws
        -> FileLock?
    {
        while true {
            guard
                let lock = try FileLock.acquire(
                    name, in: folder.descriptor, .exclusive, waits: waits)
            else { return nil }
            // Its last holder unlinked the file while we waited: the name stands for another now.
            if try lock.isStale(path: folder.descriptor.path(of: name)) { continue }
            return lock
        }
    }

    private static func release(_ locks: [HeldLock], in folder: StoreFolder) {
        for held in locks {
            // First the name, then the mark: who opened the old file sees the mark, who comes
            // later makes a new one. A name that stays is a free lock, which a collector removes.
            try? folder.descriptor.removeFile(held.name)
            held.lock.markStale()
        }
    }
}
