public import LocalStore
public import Realisation
public import StoreModel
public import Substitutes

extension StoreSession {
    // MARK: Garbage

    /// Deletes what `request` asks for, by default everything that no root reaches. Builds may run meanwhile.
    ///
    /// For a disk that may be full, open the session with ``Access/collecting``.
    ///
    /// - Parameters:
    ///   - request: what is deleted, and when to stop.
    ///   - onRemoval: told of each item once its bytes are gone; what it throws ends the collection.
    /// - Returns: what was deleted.
    /// - Throws: ``StoreError/store(_:)`` with `stillAlive`, or ``StoreError/database(_:)`` with
    ///   `stillReferenced`, for paths asked for that must stay; then nothing was deleted.
    @discardableResult
    public func collectGarbage(
        _ request: CollectionRequest = CollectionRequest(),
        onRemoval: (CollectedItem) throws -> Void = { _ in }
    ) throws(StoreError) -> [CollectedItem] {
        try StoreError.wrapping { try store.collect(request, onRemoval: onRemoval) }
    }

    /// What ``collectGarbage(_:onRemoval:)`` would delete now, in its order.
    public func garbage(
        _ request: CollectionRequest = CollectionRequest()
    ) throws(StoreError) -> [CollectedItem] {
        try StoreError.wrapping { try store.planCollection(request) }
    }

    /// Which valid paths are live and by which root, and which are not.
    public func liveness(
        _ request: CollectionRequest = CollectionRequest()
    ) throws(StoreError) -> Liveness {
        try StoreError.wrapping { try store.liveness(request) }
    }

    /// The links that keep something, those that keep nothing any more, and those that cannot be read.
    public func roots() throws(StoreError) -> RootSurvey {
        try StoreError.wrapping { try store.surveyRoots() }
    }

    // MARK: Damage

    /// Looks for damage in the whole store.
    ///
    /// - Parameters:
    ///   - checksContents: also read every path and compare it with its hash.
    ///   - workers: how many threads read; `nil` as the configuration says.
    /// - Returns: what was found; what killed processes left is no damage.
    public func verify(
        checksContents: Bool = false, workers: Int? = nil
    ) async throws(StoreError) -> [VerificationFinding] {
        try await StoreError.wrapping {
            try await store.verify(
                checksContents: checksContents, workers: workers ?? configuration.workers)
        }
    }

    /// Reads `paths` and compares them with their hashes.
    ///
    /// - Parameters:
    ///   - paths: valid paths.
    ///   - workers: as of ``verify(checksContents:workers:)``.
    /// - Throws: ``StoreError/database(_:)`` with `notValid` for a path that is not valid.
    public func verifyContents(
        of paths: [StorePath], workers: Int? = nil
    ) async throws(StoreError) -> [VerificationFinding] {
        try await StoreError.wrapping {
            // Names the first that is not valid.
            _ = try store.database.infos(paths)
            return try await store.verifyContents(
                of: paths, workers: workers ?? configuration.workers)
        }
    }

    /// Makes valid paths whole that are damaged: from `directories` of store items, from `caches`,
    /// from texts that are known, by building. Nothing is taken that has not the registered hash.
    ///
    /// - Returns: what became of each.
    public func repair(
        _ paths: [StorePath], directories: [String] = [], caches: [CacheAddress] = [],
        texts: [StorePath: [UInt8]] = [:]
    ) async throws(StoreError) -> [StorePath: StoreRepair.Outcome] {
        try await StoreError.wrapping {
            try await StoreRepair(
                realiser(), directories: directories, caches: caches.map(cache), texts: texts
            ).run(paths)
        }
    }
}
