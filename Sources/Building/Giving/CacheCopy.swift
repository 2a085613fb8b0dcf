import Archives
package import LocalStore
package import Primitives
import StoreDatabase
package import StoreModel
import Substitutes
import Synchronization
import SystemSupport

/// Gives closures to a binary cache: what it lacks, many paths at once, narinfos last and each after those of
/// what its path refers to. Broken off at any point, the cache has nothing that is not whole.
package struct CacheCopy: Sendable {
    private let store: LocalStore
    private let place: any CachePlace
    private let packing: PackingOptions
    private let key: SecretKey?
    /// How many are packed at once, and how many transfers and questions are under way.
    private let workers: Int
    private let transfers: Int
    private let onEvent: @Sendable (GivingEvent) -> Void

    /// - Parameters:
    ///   - key: signs what is given, and what is there already and has not its signature.
    ///   - workers: how many paths are packed at once.
    ///   - transfers: how many questions and transfers are under way at once.
    package init(
        from store: LocalStore, to place: any CachePlace, packing: PackingOptions,
        key: SecretKey?, workers: Int, transfers: Int = 16,
        onEvent: @escaping @Sendable (GivingEvent) -> Void
    ) {
        self.store = store
        self.place = place
        self.packing = packing
        self.key = key
        self.workers = max(1, workers)
        self.transfers = transfers
        self.onEvent = onEvent
    }

    /// Gives the closure of `paths`.
    ///
    /// - Parameter known: what is there and need not be asked for.
    /// - Returns: what was given, each after what it refers to.
    /// - Throws: for the first path that cannot be given; `CancellationError`. What was published stays.
    package func run(
        _ paths: [StorePath], known: Set<StorePath> = []
    ) async throws -> [StorePath] {
        try store.addTemporaryRoots(paths)
        let closure = try store.database.closure(of: paths)
        try store.addTemporaryRoots(closure)
        let infos = try signed(store.inClosureOrder(store.database.infos(closure)))
            .filter { !known.contains($0.path) }
        if known.isEmpty { try await Blocking.run { [self] in try greet() } }
        let there = try await narInfos(of: infos)
        var items: [CacheEntryDraft] = []
        for info in infos {
            guard let narInfo = there[info.path] else {
                items.append(CacheEntryDraft(info: info, present: nil))
                continue
            }
            place.noteUse(of: narInfo.fileName)
            if let draft = resigned(info, narInfo) { items.append(draft) }
        }
        let missing = items.filter { $0.present == nil }
        onEvent(
            .planned(
                count: missing.count, narSize: missing.map(\.info.narSize).saturatingSum,
                present: infos.count - missing.count + known.count))
        guard !items.isEmpty else { return [] }
        do { try await give(items) } catch {
            place.discard()
            throw error
        }
        try await Blocking.run { [place] in try place.finish() }
        return missing.map(\.info.path)
    }

    private func signed(_ infos: [PathInfo]) throws -> [PathInfo] {
        guard let key else { return infos }
        return try infos.map { info in
            var info = info
            let signature = try key.sign(info.fingerprint(in: store.storeDirectory))
            if !info.signatures.contains(signature) { info.signatures.append(signature) }
            return info
        }
    }

    // MARK: What is there

    /// Makes the cache one, or looks whether it is one of this store.
    private func greet() throws {
        let directory = store.storeDirectory
        guard
            let bytes = try place.contents(
                of: CacheInfo.fileName, limit: CacheInfo.maximumCount)
        else {
            let text = CacheInfo.text(for: directory)
            return try place.put(Array(text.utf8), as: CacheInfo.fileName)
        }
        _ = try CacheInfo(parsing: bytes, from: place.url, for: directory)
    }

    /// What the cache says of these paths; one that cannot be read is replaced.
    private func narInfos(of infos: [PathInfo]) async throws -> [StorePath: NarInfo] {
        let sheet = Sheet()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(transfers, infos.count) {
                group.addTask { [self] in
                    try await Blocking.runAbandonably { isAbandoned in
                        while !isAbandoned() {
                            let index = sheet.next.wrappingAdd(1, ordering: .relaxed).oldValue
                            guard index < infos.count else { return }
                            guard let narInfo = try narInfo(of: infos[index].path) else {
                                continue
                            }
                            sheet.found.withLock { $0[infos[index].path] = narInfo }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return sheet.found.withLock { $0 }
    }

    private func narInfo(of path: StorePath) throws -> NarInfo? {
        let name = NarInfo.fileName(of: path)
        guard let bytes = try place.contents(of: name, limit: NarInfo.maximumCount) else {
            return nil
        }
        do throws(NarInfoError) {
            let narInfo = try NarInfo(parsing: bytes, in: store.storeDirectory)
            if narInfo.info.path == path { return narInfo }
            onEvent(
                .remark(
                    "'\(place.url)/\(name)' tells of '\(narInfo.info.path)': it is replaced"))
        } catch {
            onEvent(.remark("'\(place.url)/\(name)' is replaced: \(error)"))
        }
        return nil
    }

    /// What is to be published of a path that is there: its narinfo, if it lacks signatures that are here.
    private func resigned(_ info: PathInfo, _ present: NarInfo) -> CacheEntryDraft? {
        let directory = store.storeDirectory
        guard info.fingerprint(in: directory) == present.info.fingerprint(in: directory) else {
            onEvent(
                .remark(
                    "'\(info.path)' is in '\(place.url)' with other bytes "
                        + "(\(present.info.narHash.prefixedNix32)) than here, and stays so"))
            return nil
        }
        let new = info.signatures.filter { !present.info.signatures.contains($0) }
        guard !new.isEmpty else { return nil }
        var narInfo = present
        narInfo.info.signatures += new
        return CacheEntryDraft(info: info, present: narInfo)
    }

    // MARK: Giving

    private func give(_ items: [CacheEntryDraft]) async throws {
        var places: [StorePath: Int] = [:]
        for (index, item) in items.enumerated() { places[item.info.path] = index }
        let references = items.enumerated().map { index, item in
            item.info.references.compactMap { places[$0] }.filter { $0 != index }
        }
        var schedule = GivingSchedule(
            references, ready: Set(items.indices.filter { items[$0].present != nil }),
            limits: .init(packing: workers, sending: transfers, inBatches: place.takesBatches))
        let packed = PackedNARs()
        try await withThrowingTaskGroup(of: GivingSchedule.Job.self) { group in
            while true {
                while let job = schedule.next() {
                    group.addTask { [self] in
                        try await Blocking.runAbandonably { isAbandoned in
                            try withoutActuallyEscaping(isAbandoned) {
                                try perform(job, items, packed, isAbandoned: $0)
                            }
                        }
                        return job
                    }
                }
                guard let job = try await group.next() else { return }
                schedule.finish(job)
            }
        }
    }

    private func perform(
        _ job: GivingSchedule.Job, _ items: [CacheEntryDraft], _ packed: PackedNARs,
        isAbandoned: @escaping () -> Bool
    ) throws {
        switch job {
        case .pack(let index):
            let info = items[index].info
            onEvent(.started(info.path))
            let nar = try packing.pack(
                info, of: store, into: place.workDirectory, isAbandoned: isAbandoned)
            packed.state.withLock { $0[index] = nar }
        case .send(let index):
            guard let nar = packed.state.withLock({ $0[index] }) else { return }
            try place.send(nar, isAbandoned: isAbandoned)
        case .publish(let indices):
            let nars = packed.state.withLock { state in
                indices.map { state.removeValue(forKey: $0) }
            }
            let entries = zip(indices, nars).map { index, nar in
                CacheEntry(
                    items[index].narInfo(nar, packing.compression.rawValue), nar,
                    in: store.storeDirectory)
            }
            try place.publish(entries, isAbandoned: isAbandoned)
            for (index, entry) in zip(indices, entries) {
                onEvent(
                    entry.nar.map { GivingEvent.finished(items[index].info, size: $0.size) }
                        ?? .signed(items[index].info.path))
            }
        }
    }
}

/// A path on its way into a cache.
private struct CacheEntryDraft: Sendable {
    let info: PathInfo
    /// What is published where the NAR is there already.
    let present: NarInfo?

    func narInfo(_ nar: PackedNAR?, _ compression: String) -> NarInfo {
        if let present { return present }
        return NarInfo(
            info: info, url: nar?.name ?? "", compression: compression, fileHash: nar?.digest,
            fileSize: nar?.size)
    }
}

/// What is left to ask, and the answers.
private final class Sheet: Sendable {
    let next = Atomic(0)
    let found = Mutex<[StorePath: NarInfo]>([:])
}

/// NARs that were packed and are not published yet, by their items.
private final class PackedNARs: Sendable {
    let state = Mutex<[Int: PackedNAR]>([:])
}
