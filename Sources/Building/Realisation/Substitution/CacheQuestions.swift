import StoreModel
import Substitutes
import Synchronization
import SystemSupport

/// What binary caches say of paths: many questions at once, and a cache that fails too often is left
/// alone.
final class CacheQuestions: Sendable {
    private struct State {
        /// Caches that told who they are.
        var greeted: Set<Int> = []
        /// Caches that are not asked any more.
        var givenUp: Set<Int> = []
        var failures: [Int: Int] = [:]
        /// What caches say of themselves.
        var priorities: [Int: Int] = [:]
        var order: [Int]?
        /// When it was last told that somebody waits for a cache.
        var lastWaiting: [Int: ContinuousClock.Instant] = [:]
    }

    /// What is left to ask, and the answers.
    private final class Sheet: Sendable {
        let next = Atomic(0)
        let found = Mutex<[StorePath: NarInfo]>([:])
    }

    let caches: [BinaryCache]
    private let state = Mutex(State())

    /// How many questions are under way at once; most of the time is waiting.
    private static let workers = 16
    /// After so many questions without an answer, a cache is given up.
    private static let maximumFailures = 3
    /// It is told so often that a cache is waited for.
    private static let waitingInterval = Duration.seconds(30)

    init(_ caches: [BinaryCache]) { self.caches = caches }

    /// The caches in the order in which they are asked: the smallest priority first, as in Nix, and as
    /// they were given among equals. The first call asks all for theirs, at the same time.
    ///
    /// - Throws: `CancellationError`.
    func order(remark: @escaping @Sendable (String) -> Void) async throws -> [Int] {
        if let order = state.withLock({ $0.order }) { return order }
        if caches.count > 1 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for place in caches.indices {
                    group.addTask { _ = try await self.isUsable(place, remark) }
                }
                try await group.waitForAll()
            }
        }
        return state.withLock { state in
            let priorities = caches.indices.map {
                caches[$0].priority ?? state.priorities[$0, default: 0]
            }
            let order = caches.indices.sorted {
                (priorities[$0], $0) < (priorities[$1], $1)
            }
            state.order = order
            return order
        }
    }

    /// Asks one cache for many paths. A cache that cannot be asked is told of, and has nothing.
    ///
    /// - Parameter remark: told why answers cannot be used.
    /// - Throws: `CancellationError`.
    func ask(
        _ place: Int, for paths: [StorePath], remark: @escaping @Sendable (String) -> Void
    ) async throws -> [StorePath: NarInfo] {
        guard !paths.isEmpty, try await isUsable(place, remark) else { return [:] }
        let cache = caches[place]
        let sheet = Sheet()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(Self.workers, paths.count) {
                group.addTask {
                    try await Blocking.runAbandonably { isAbandoned in
                        try cache.askNarInfos(
                            waiting: {
                                self.noteSilence($0, of: place, remark)
                            },
                            {
                                let index = sheet.next.wrappingAdd(1, ordering: .relaxed).oldValue
                                guard index < paths.count, !isAbandoned(), !self.isGivenUp(place)
                                else { return nil }
                                return paths[index]
                            }
                        ) { path, answer in
                            switch answer {
                            case .success(let narInfo):
                                guard let narInfo else { return }
                                sheet.found.withLock { $0[path] = narInfo }
                            case .failure(let error): self.note(error, place, remark)
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return sheet.found.withLock { $0 }
    }

    /// Whether a cache is one of this store, and still asked.
    private func isUsable(
        _ place: Int, _ remark: @escaping @Sendable (String) -> Void
    ) async throws -> Bool {
        let (isGreeted, isGivenUp) = state.withLock {
            ($0.greeted.contains(place), $0.givenUp.contains(place))
        }
        if isGivenUp || isGreeted { return !isGivenUp }
        let cache = caches[place]
        do {
            let priority = try await Blocking.runAbandonably { _ in
                try cache.check(waiting: { self.noteSilence($0, of: place, remark) })
            }
            state.withLock {
                $0.greeted.insert(place)
                $0.priorities[place] = priority
            }
            return true
        } catch let error as CancellationError { throw error } catch {
            state.withLock { _ = $0.givenUp.insert(place) }
            remark("nothing is taken from '\(cache.url)': \(error)")
            return false
        }
    }

    func isGivenUp(_ place: Int) -> Bool {
        state.withLock { $0.givenUp.contains(place) }
    }

    /// Tells that a cache is waited for, once in a while.
    ///
    /// - Parameter seconds: for how long it has sent nothing; 0 says nothing.
    func noteSilence(_ seconds: Int, of place: Int, _ remark: (String) -> Void) {
        guard seconds > 0 else { return }
        let isNews = state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.lastWaiting[place], now - last < Self.waitingInterval {
                return false
            }
            state.lastWaiting[place] = now
            return true
        }
        if isNews { remark("waiting for '\(caches[place].url)': nothing came for \(seconds) s") }
    }

    private func note(
        _ error: any Error, _ place: Int, _ remark: @Sendable (String) -> Void
    ) {
        remark("\(error)")
        count(error, of: place, remark)
    }

    /// Counts what says that a cache does not answer, and gives it up after a few.
    func count(_ error: any Error, of place: Int, _ remark: (String) -> Void) {
        // What is only malformed says nothing about the next answer.
        guard error is DownloadError else { return }
        let isLast = state.withLock { state in
            state.failures[place, default: 0] += 1
            return state.failures[place, default: 0] >= Self.maximumFailures
                && state.givenUp.insert(place).inserted
        }
        if isLast { remark("'\(caches[place].url)' is not asked any more") }
    }
}
