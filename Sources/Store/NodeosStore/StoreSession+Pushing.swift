public import Giving
import LocalStore
public import Primitives
public import Realisation
import StoreDatabase
import StoreModel
public import Substitutes
import Synchronization

extension StoreSession {
    /// As ``realise(_:checks:)``; meanwhile the outputs of each build, with all that they refer to, are given
    /// to a cache (see ``give(_:to:packing:signing:onEvent:)``). When that fails, a remark tells it, and
    /// nothing else happens.
    ///
    /// - Throws: as ``realise(_:checks:)``, when what was built before is given as well.
    @discardableResult
    public func realise(
        _ goals: [Goal], checks: Int = 0, pushingTo cache: CacheAddress,
        packing: PackingOptions = PackingOptions(), signing key: SecretKey? = nil
    ) async throws(StoreError) -> RealisedGoals {
        let onEvent = configuration.onEvent
        let remark = { @Sendable (text: String) in onEvent(.remark(text)) }
        let pusher = Pusher(
            from: store, to: cache.url.description,
            { [self] in
                try cacheCopy(to: place(of: cache), packing, key) { event in
                    if case .remark(let text) = event { remark(text) }
                }
            }, remark: remark)
        let builds = RunningBuildNames()
        let session = reporting { [store] event in
            onEvent(event)
            guard let path = builds.finished(event) else { return }
            do { pusher.add(try store.validOutputs(of: path)) } catch {
                remark("what '\(path)' made is not pushed: \(error)")
            }
        }
        do throws(StoreError) {
            let realised = try await session.realise(goals, checks: checks)
            await pusher.finish()
            return realised
        } catch {
            if case .cancelled = error { await pusher.cancel() } else { await pusher.finish() }
            throw error
        }
    }
}

extension LocalStore {
    fileprivate func validOutputs(of derivation: StorePath) throws -> [StorePath] {
        let paths = try derivations.derivation(derivation).outputs.values.compactMap(\.path)
        return try database.validPaths(among: paths).sorted()
    }
}

/// Tells the ends of builds from those of fetches.
private final class RunningBuildNames: Sendable {
    private let running = Mutex<Set<StorePath>>([])

    /// The derivation of a build that `event` says is done.
    func finished(_ event: RealisationEvent) -> StorePath? {
        switch event {
        case .started(let path, .build):
            running.withLock { _ = $0.insert(path) }
            return nil
        case .finished(let path, _): return running.withLock { $0.remove(path) }
        default: return nil
        }
    }
}
