import Archives
import Glibc
import StoreDatabase
import StoreModel

extension LocalStore {
    /// Which valid paths are live now, and by which root.
    ///
    /// For questions: without the collector's lock, so the answer may be old when it is read.
    package func liveness(_ request: CollectionRequest = CollectionRequest()) throws -> Liveness {
        try liveness(
            request, inUse: TemporaryRoots.read(layout, removesStale: false))
    }

    /// What ``collect(_:onRemoval:)`` would delete now, in its order.
    ///
    /// - Throws: as ``collect(_:onRemoval:)``.
    package func planCollection(_ request: CollectionRequest) throws -> [CollectedItem] {
        let inUse = try TemporaryRoots.read(layout, removesStale: false)
        let liveness = try liveness(request, inUse: inUse)
        return try plan(request, liveness, inUse).items
    }

    /// Gives up the space that is kept for a collection on a full disk; before the store is opened,
    /// because that may need some too. ``collect(_:onRemoval:)`` takes it again.
    package static func prepareCollection(of layout: StoreLayout) {
        ReservedSpace(layout).release()
    }

    /// Deletes what `request` asks for.
    ///
    /// Safe beside builds, substitutions and other collectors. With the collector's lock, nobody
    /// can add a temporary root: what is dead then stays dead. Under the lock, the dead paths lose
    /// their validity in one transaction and are renamed into a private directory, which takes
    /// little time; their bytes are removed afterwards, and nobody waits for that. Killed
    /// at any point, a path is valid and whole, or a leftover for the next collection.
    ///
    /// - Parameter onRemoval: told of each item once its bytes are gone.
    /// - Returns: what was deleted.
    /// - Throws: ``LocalStoreError/stillAlive(_:root:)`` and
    ///   ``StoreDatabaseError/stillReferenced(_:by:)`` for paths asked for that must stay; then
    ///   nothing was deleted. ``LocalStoreError/notRemoved(name:reason:)`` at the end.
    @discardableResult
    package func collect(
        _ request: CollectionRequest, onRemoval: (CollectedItem) throws -> Void = { _ in }
    ) throws -> [CollectedItem] {
        try requireWritable()
        defer { ReservedSpace(layout).take() }
        try removeLeftovers()
        let trash = try makeScratch()
        var failure: LocalStoreError?
        let items = try withCollectorLock {
            // In this order: who makes a lasting root of a temporary one is seen as either.
            let inUse = try TemporaryRoots.read(layout, removesStale: true)
            let links = try readableRootLinks()
            let liveness = try liveness(request, inUse: inUse, links.roots)
            try removeStaleRoots(links.stale)
            let plan = try plan(request, liveness, inUse)
            for lock in plan.locks {
                // Taken and given up: a lock that somebody waits for is told from one left behind.
                guard let taken = try tryLock([lock.path]) else { continue }
                // Who left it may have been about to put directories right. Where that cannot be
                // done, 'verify' says what is wrong.
                try? visitFiles(of: lock.path) { _, _, _ in }
                withExtendedLifetime(taken) {}
            }
            try database.invalidate(plan.paths)
            if request.only == nil {
                try registrations.removeAll(
                    except: liveness.hashParts(without: plan.paths)
                        .union(inUse.map(\.target.hashPart)))
            } else {
                try registrations.remove(plan.paths)
            }
            return plan.items.filter { item in
                do {
                    try moveAway(FileName(item.name), to: trash)
                    return true
                } catch {
                    failure = .notRemoved(name: item.name, reason: "\(error)")
                    return false
                }
            }
        }
        for item in items {
            do { try removeTree(FileName(item.name), in: trash.descriptor) } catch {
                failure = .notRemoved(name: item.name, reason: "\(error)")
                continue
            }
            try onRemoval(item)
        }
        if request.only == nil { try removeUnusedLinks() }
        if let failure { throw failure }
        return items
    }

    /// Runs `body` while no process can add a temporary root; waits for another collector.
    private func withCollectorLock<Value>(_ body: () throws -> Value) throws -> Value {
        let state = try DirectoryDescriptor.opening(layout.realStateDirectory)
        guard
            let lock = try FileLock.acquire(
                FileName("gc.lock"), in: state, .exclusive, waits: true)
        else {
            throw LocalStoreError.system(
                operation: "lock", path: layout.collectorLock, code: EWOULDBLOCK)
        }
        let value = try body()
        lock.release()
        return value
    }

    private func liveness(
        _ request: CollectionRequest, inUse: [StoreRoot], _ links: [StoreRoot]? = nil
    ) throws -> Liveness {
        let roots = try inUse + (links ?? roots()) + RuntimeRoots.read(layout)
        return Liveness(try database.snapshot(), roots: roots, request: request)
    }

    /// Renames an item out of everybody's sight. Where the file system cannot do that, as overlayfs
    /// with a directory of a lower layer, it is removed where it is.
    private func moveAway(_ name: FileName, to trash: ScratchDirectory) throws {
        guard let status = try folder.descriptor.statusIfPresent(of: name) else { return }
        if case .directory = status.kind {
            // Only root may give a directory without write permission another parent.
            try folder.descriptor.openDirectoryForcibly(name).setMode(0o700)
        }
        do { try folder.descriptor.rename(name, to: name, in: trash.descriptor) } catch .system(
            _, _, EXDEV)
        { try removeTree(name, in: folder.descriptor) }
    }
}

// MARK: What to delete

extension LocalStore {
    private struct Plan {
        var paths: [StorePath] = []
        var items: [CollectedItem] = []
        var locks: [Leftover] = []
    }

    private func plan(
        _ request: CollectionRequest, _ liveness: Liveness, _ inUse: [StoreRoot]
    ) throws -> Plan {
        let leftovers = try leftovers(
            in: DirectoryListing(of: folder.descriptor.reopened()), isValid: liveness.isValid,
            inUse: inUse)
        var plan = Plan()
        if let only = request.only {
            let named = request.isRecursive ? liveness.closure(of: only) : Set(only)
            if !request.skipsLive { try check(named.sorted(), liveness) }
            let wanted = request.skipsLive ? liveness.removable(among: named) : named
            try addLeftovers(leftovers.filter { !$0.isLock && named.contains($0.path) }, to: &plan)
            for (path, size) in liveness.deadInOrder() where wanted.contains(path) {
                plan.paths.append(path)
                plan.items.append(CollectedItem(name: path.baseName, size: size, isValid: true))
            }
            return plan
        }
        plan.locks = leftovers.filter(\.isLock)
        try addLeftovers(leftovers.filter { !$0.isLock }, to: &plan)
        var limit = CollectionLimit(
            request, totalSize: liveness.totalSize,
            available: request.freeSpace == nil ? 0 : try availableSpace())
        for item in plan.items { limit.freeLeftover(item.size) }
        for (path, size) in liveness.deadInOrder() {
            guard limit.isWanting else { break }
            limit.freePath(size)
            plan.paths.append(path)
            plan.items.append(CollectedItem(name: path.baseName, size: size, isValid: true))
        }
        return plan
    }

    private func addLeftovers(_ leftovers: [Leftover], to plan: inout Plan) throws {
        for leftover in leftovers {
            // Somebody without a temporary root may make it.
            guard try database.isReadOnly || tryLock([leftover.path]) != nil else { continue }
            plan.items.append(
                CollectedItem(
                    name: leftover.name.string,
                    size: try fileSize(of: leftover.name, in: folder.descriptor), isValid: false))
        }
    }

    /// Refuses to delete what must stay.
    private func check(_ only: [StorePath], _ liveness: Liveness) throws {
        let members = Set(only)
        for path in only {
            if let root = liveness.keeper(of: path) {
                throw LocalStoreError.stillAlive(path, root: root)
            }
            if let referrer = liveness.referrer(of: path, outside: members) {
                throw StoreDatabaseError.stillReferenced(path, by: referrer)
            }
        }
    }

    /// What this user may still write to the store's file system, in bytes.
    package func availableSpace() throws -> UInt64 {
        var status = statvfs()
        guard unsafe fstatvfs(folder.descriptor.rawValue, &status) == 0 else {
            throw LocalStoreError.system(
                operation: "inspect the file system of", path: layout.realStoreDirectory,
                code: errno)
        }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
