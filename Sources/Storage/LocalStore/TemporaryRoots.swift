import Archives
import Glibc
import StoreDatabase
package import StoreModel
import Synchronization

/// The paths this process uses, kept from collectors until it ends (`docs/formats/locks-and-roots.md`): a
/// file of its own in `temproots`, NUL-terminated full paths, locked as long as the process lives.
final class TemporaryRoots: Sendable {
    private struct State: ~Copyable {
        var file: FileLock?
        var name: FileName?
        var paths: Set<StorePath> = []
    }

    private let layout: StoreLayout
    private let state = Mutex(State())

    init(layout: StoreLayout) { self.layout = layout }

    /// Adds `paths`; waits while a collector runs, so that what was not valid when it began is not
    /// taken for garbage.
    func add(_ paths: some Sequence<StorePath>) throws {
        try state.withLock { state in
            // Not `subtracting`, which looks at everything that was added before.
            let new = Set(paths.filter { !state.paths.contains($0) })
            guard !new.isEmpty else { return }
            let stateDirectory = try DirectoryDescriptor.opening(layout.realStateDirectory)
            guard
                let collector = try FileLock.acquire(
                    FileName("gc.lock"), in: stateDirectory, .shared, waits: true)
            else { return }
            if state.file == nil { state.file = try makeFile(&state.name) }
            var text: [UInt8] = []
            for path in new.sorted() {
                text += layout.storeDirectory.path(of: path).utf8
                text.append(0)
            }
            try state.file?.append(text, path: layout.temporaryRootsDirectory)
            state.paths.formUnion(new)
            collector.release()
        }
    }

    /// Keeps nothing any more, and leaves nothing behind.
    func end() {
        state.withLock { state in
            state.paths = []
            guard let name = state.name else { return }
            state.name = nil
            state.file?.markStale()
            // What cannot be removed is empty of meaning as soon as nobody has locked it: the next collector removes it.
            try? DirectoryDescriptor.opening(layout.temporaryRootsDirectory).removeIfPresent(name)
            state.file = nil
        }
    }

    private func makeFile(_ usedName: inout FileName?) throws -> FileLock {
        let directory = try DirectoryDescriptor.making(layout.temporaryRootsDirectory)
        var suffix = 0
        while true {
            // Another store value of this process, or a process of another pid namespace, may
            // have the plain name.
            let name = try FileName("\(getpid())" + (suffix == 0 ? "" : "-\(suffix)"))
            suffix += 1
            guard
                let lock = try FileLock.acquire(name, in: directory, .exclusive, waits: false)
            else { continue }
            // A file with bytes in it is a dead process's, or marked by a collector: a fresh one.
            if try lock.isStale(path: directory.path(of: name)) {
                try directory.removeIfPresent(name)
                suffix -= 1
                continue
            }
            usedName = name
            return lock
        }
    }
}

/// Keeps paths from collectors as long as it lives.
package final class StoreLease: Sendable {
    private let roots: TemporaryRoots

    fileprivate init(_ roots: TemporaryRoots) { self.roots = roots }

    deinit { roots.end() }
}

extension LocalStore {
    /// Keeps `paths`, valid or not, from collectors until the value is gone; unlike ``addTemporaryRoots(_:)``, whose
    /// roots stay until the process ends. Waits while a collector runs. In a read-only store nothing is kept.
    package func lease(_ paths: [StorePath]) throws -> StoreLease {
        let roots = TemporaryRoots(layout: layout)
        if !database.isReadOnly { try roots.add(paths) }
        return StoreLease(roots)
    }
}
