import Archives
import Glibc
import Primitives
package import StoreModel

/// What is removed from a cache directory, and what stays.
package struct CacheCollection: Sendable {
    /// A path of the cache.
    package struct Item: Sendable {
        /// The path.
        package let path: StorePath
        /// What removing it frees, as far as nothing else needs it.
        package let size: UInt64
        /// When it, or what needs it, was used last, in seconds since 1970.
        package let lastUse: Int64
        /// What was used at that time, when it was not the path itself.
        package let keeper: StorePath?
    }

    /// What is removed, referrers first.
    package private(set) var removed: [Item] = []
    /// What stays.
    package private(set) var kept: [Item] = []
    /// NARs that no narinfo names and nobody is about to name, with their sizes.
    package private(set) var leftovers: [(name: String, size: UInt64)] = []
    /// The bytes of the cache before and after.
    package private(set) var sizeBefore: UInt64 = 0
    /// See ``sizeBefore``.
    package private(set) var sizeAfter: UInt64 = 0

    /// NARs of another program that is adding just now have no narinfo yet.
    private static let leftoverAge: Int64 = 86_400

    /// Chooses what was used longest ago. What refers to a path goes before it, so that what stays has all
    /// that it refers to, as far as it had.
    ///
    /// - Parameters:
    ///   - maximumSize: bytes that may stay; `nil` for any number.
    ///   - usedSince: what was used at this time or later stays in any case.
    init(
        _ inventory: CacheInventory, maximumSize: UInt64?, usedSince: Int64?, now: Int64
    ) throws {
        sizeBefore = inventory.size
        sizeAfter = inventory.size
        for orphan in inventory.orphans where now - orphan.time > Self.leftoverAge {
            leftovers.append((orphan.name, orphan.size))
            sizeAfter -= min(sizeAfter, orphan.size)
        }
        var names: [String: Int] = [:]
        for entry in inventory.entries.values { names[entry.narInfo.url, default: 0] += 1 }
        for (entry, lastUse, keeper) in try Self.inOrder(inventory) {
            let isLast = names[entry.narInfo.url] == 1
            let item = Item(
                path: entry.narInfo.info.path,
                size: entry.size + (isLast ? entry.narFileSize ?? 0 : 0), lastUse: lastUse,
                keeper: keeper)
            guard let maximumSize, sizeAfter > maximumSize, lastUse < usedSince ?? .max else {
                kept.append(item)
                continue
            }
            names[entry.narInfo.url, default: 1] -= 1
            removed.append(item)
            sizeAfter -= min(sizeAfter, item.size)
        }
    }

    /// The entries, those whose last use is longest ago first, and each before what it refers to: a path is
    /// as recent as the most recent of what refers to it.
    private static func inOrder(
        _ inventory: CacheInventory
    ) throws -> [(CacheInventory.Entry, lastUse: Int64, keeper: StorePath?)] {
        var graph = DirectedGraph<StorePath>()
        let paths = inventory.entries.keys.sorted()
        for path in paths { graph.insert(path) }
        for path in paths {
            for reference in inventory.entries[path]?.narInfo.info.references.sorted() ?? []
            where reference != path && inventory.entries[reference] != nil {
                graph.insert(edge: path, to: reference)
            }
        }
        var uses: [StorePath: (time: Int64, keeper: StorePath?)] = [:]
        let order = Array(try graph.topologicalOrder().reversed())
        for path in order {
            guard let entry = inventory.entries[path] else { continue }
            var use = uses[path] ?? (entry.lastUse, nil)
            if entry.lastUse >= use.time { use = (entry.lastUse, nil) }
            uses[path] = use
            for reference in entry.narInfo.info.references where reference != path {
                if let known = uses[reference], known.time >= use.time { continue }
                uses[reference] = (use.time, use.keeper ?? path)
            }
        }
        return order.enumerated().compactMap { place, path in
            inventory.entries[path].map {
                (place, $0, uses[path]?.time ?? $0.lastUse, uses[path]?.keeper)
            }
        }.sorted { ($0.2, $0.0) < ($1.2, $1.0) }.map { ($0.1, lastUse: $0.2, keeper: $0.3) }
    }
}

extension CacheDirectory {
    /// What ``collect(_:for:)`` would remove; see ``CacheCollection``.
    ///
    /// - Throws: when something cannot be read, or when paths refer to each other in a circle.
    package func planCollection(
        for store: StoreDirectory, maximumSize: UInt64?, usedSince: Int64?, now: Int64
    ) throws -> (plan: CacheCollection, malformed: [(name: String, reason: String)]) {
        let inventory = try CacheInventory(of: self, for: store)
        let plan = try CacheCollection(
            inventory, maximumSize: maximumSize, usedSince: usedSince, now: now)
        return (plan, inventory.malformed)
    }

    /// Removes what was chosen: narinfos, each before those of what its path refers to, then the NARs that
    /// nothing names any more. Killed in between, what stays is whole.
    ///
    /// The cache must be locked exclusively.
    package func collect(_ plan: CacheCollection, for store: StoreDirectory) throws {
        try Self.removeIncoming(in: root)
        var nars: [StorePath: String] = [:]
        var stillNamed: Set<String> = []
        for item in plan.kept {
            if let narInfo = try narInfo(of: item.path, for: store) {
                stillNamed.insert(narInfo.url)
            }
        }
        for item in plan.removed {
            nars[item.path] = try narInfo(of: item.path, for: store)?.url
            try remove(NarInfo.fileName(of: item.path))
            try remove(item.path.hashPart + ".ls")
        }
        // On the disk, names go before what they name.
        try root.synchronise()
        for name in Set(nars.values).subtracting(stillNamed).sorted() { try remove(name) }
        for leftover in plan.leftovers { try remove(leftover.name) }
    }

    private func narInfo(of path: StorePath, for store: StoreDirectory) throws -> NarInfo? {
        guard
            let bytes = try contents(
                of: NarInfo.fileName(of: path), limit: NarInfo.maximumCount)
        else { return nil }
        return try NarInfo(parsing: bytes, in: store)
    }

    private func remove(_ file: String) throws {
        _ = try withFolder(of: file) { folder, name in
            guard try folder.statusIfPresent(of: name) != nil else { return }
            try folder.removeFile(name)
        }
    }
}
