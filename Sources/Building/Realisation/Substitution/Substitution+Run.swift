import LocalStore
import StoreDatabase
import StoreModel
import Substitutes
import Synchronization

extension Substitution {
    /// Takes what `plan` tells, as many at once as downloads are allowed.
    ///
    /// What no cache really has, and what refers to it, is not valid afterwards; a plan of builds made
    /// then holds it. Each path becomes valid whole, after those that it refers to; killed at any
    /// point, no path is half valid.
    ///
    /// - Throws: ``RealisationError/interrupted``; why nothing can be written here.
    public func run(
        _ plan: SubstitutePlan, onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws {
        guard !plan.isEmpty else { return }
        onEvent(.planned(plan))
        var outside: Set<StorePath> = []
        for offer in plan.offers.values {
            outside.formUnion(offer.references.filter { plan.offers[$0] == nil })
        }
        // From now on no collector takes what was found to be here.
        try store.addTemporaryRoots(outside.union(plan.order))
        let trees = try IncomingTrees(store)
        do {
            var run = SubstitutionRun(
                self, plan, trees, valid: try store.database.validPaths(among: outside), onEvent)
            try await run.run()
        } catch {
            // A thread that waits for a server may hold the directory for long.
            trees.discard()
            throw error is CancellationError ? RealisationError.interrupted : error
        }
    }

    /// Takes these outputs instead of building them, when a cache offers all and what they refer to
    /// has become valid meanwhile. The caller holds their locks.
    ///
    /// - Returns: whether they are valid now.
    func takeInstead(
        _ outputs: [StorePath], onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws -> Bool {
        let missing = Set(outputs).subtracting(try store.database.validPaths(among: outputs))
        guard let offers = knownOffers(of: missing.sorted()) else { return false }
        let needed = offers.reduce(into: Set<StorePath>()) { $0.formUnion($1.references) }
            .subtracting(missing)
        try store.addTemporaryRoots(needed)
        guard try store.database.validPaths(among: needed) == needed else { return false }
        let trees = try IncomingTrees(store)
        var taken: [(output: PreparedOutput, source: String)] = []
        for offer in offers {
            guard let output = try await take(offer, into: trees, onEvent: onEvent) else {
                return false
            }
            taken.append(output)
        }
        try commit(taken)
        return true
    }

    /// Makes trees valid, and writes down where they came from.
    func commit(_ taken: [(output: PreparedOutput, source: String)]) throws {
        try store.commit(taken.map(\.output))
        try store.database.record(
            origins: taken.map {
                FetchOrigin(
                    output: $0.output.info.path, url: $0.source,
                    time: $0.output.info.registrationTime)
            })
    }
}

/// One run of a plan: downloads side by side, and what is whole made valid in order.
private struct SubstitutionRun {
    /// A tree that waits for those it refers to.
    private struct Waiting {
        let output: PreparedOutput
        let source: String
        let locks: PathLocks
        let began: ContinuousClock.Instant
    }

    /// How a download ended.
    private enum Ending {
        case taken(Waiting)
        case valid
        case failed
    }

    /// What ended since somebody looked.
    private final class Results: Sendable {
        let list = Mutex<[(path: StorePath, ending: Ending)]>([])
        private let hasAlarm = Mutex(false)

        /// Whether nobody will wake the run; from now on somebody will.
        func wantsAlarm() -> Bool {
            hasAlarm.withLock { has in
                defer { has = true }
                return !has
            }
        }

        func noteAlarm() { hasAlarm.withLock { $0 = false } }
    }

    private let substitution: Substitution
    private let plan: SubstitutePlan
    private let trees: IncomingTrees
    private let onEvent: @Sendable (SubstitutionEvent) -> Void
    private var valid: Set<StorePath>
    private var failed: Set<StorePath> = []
    private var waiting: [StorePath: Waiting] = [:]
    /// Where each path stands in the plan's order.
    private let places: [StorePath: Int]

    /// What is whole is made valid together, so often: each time, the disk is waited for.
    private static let commitInterval = Duration.milliseconds(300)
    /// So many trees may wait; each holds a lock.
    private static let maximumWaiting = 256

    init(
        _ substitution: Substitution, _ plan: SubstitutePlan, _ trees: IncomingTrees,
        valid: Set<StorePath>, _ onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) {
        self.substitution = substitution
        self.plan = plan
        self.trees = trees
        self.valid = valid
        self.onEvent = onEvent
        places = Dictionary(uniqueKeysWithValues: plan.order.enumerated().map { ($1, $0) })
    }

    mutating func run() async throws {
        let ended = Results()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var next = 0
            var running = 0
            var lastCommit = ContinuousClock.now
            while true {
                // In order: what holds up others in this process and in others has begun before.
                while running < substitution.downloads, waiting.count < Self.maximumWaiting,
                    next < plan.order.count
                {
                    let path = plan.order[next]
                    next += 1
                    guard let offer = plan.offers[path], canCome(offer) else {
                        give(up: path)
                        continue
                    }
                    running += 1
                    group.addTask { [substitution, trees, onEvent] in
                        let ending = try await Self.take(offer, substitution, trees, onEvent)
                        ended.list.withLock { $0.append((path, ending)) }
                    }
                }
                guard running > 0 else {
                    try commit()
                    if next == plan.order.count { break }
                    continue
                }
                // Others may wait for what is whole here, and must not wait for long.
                if ended.wantsAlarm() {
                    group.addTask {
                        try? await Task.sleep(for: Self.commitInterval)
                        ended.noteAlarm()
                    }
                }
                try await group.next()
                let news = ended.list.withLock { list in
                    defer { list = [] }
                    return list
                }
                running -= news.count
                for (path, ending) in news { note(path, ending) }
                if ContinuousClock.now - lastCommit >= Self.commitInterval {
                    try commit()
                    lastCommit = .now
                }
            }
            group.cancelAll()
        }
    }

    /// Downloads one path under its lock.
    private static func take(
        _ offer: SubstituteOffer, _ substitution: Substitution, _ trees: IncomingTrees,
        _ onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) async throws -> Ending {
        let path = offer.path
        let store = substitution.store
        let locks: PathLocks
        if let free = try store.tryLock([path]) {
            locks = free
        } else {
            onEvent(.waiting(path))
            locks = try await store.lock([path])
        }
        // Another process may have made it while we waited.
        if try store.database.isValid(path) {
            withExtendedLifetime(locks) {}
            return .valid
        }
        onEvent(.started(path))
        let began = ContinuousClock.now
        let taken = try await substitution.take(offer, into: trees, onEvent: onEvent)
        return taken.map {
            .taken(Waiting(output: $0.output, source: $0.source, locks: locks, began: began))
        } ?? .failed
    }

    private mutating func note(_ path: StorePath, _ ending: Ending) {
        switch ending {
        case .taken(let tree): waiting[path] = tree
        case .valid:
            valid.insert(path)
            onEvent(.alreadyValid(path))
        case .failed: give(up: path)
        }
    }

    /// Whether all that it refers to is valid or may become so.
    private func canCome(_ offer: SubstituteOffer) -> Bool {
        offer.references.allSatisfy {
            valid.contains($0) || (plan.offers[$0] != nil && !failed.contains($0))
        }
    }

    private mutating func give(up path: StorePath) {
        failed.insert(path)
        onEvent(.failed(path))
    }

    /// Whether a derivation claims only its own outputs; no cache can have a better one.
    private func isSound(_ tree: Waiting) -> Bool {
        do {
            try substitution.store.checkClaims(of: tree.output)
            return true
        } catch {
            onEvent(
                .refused(tree.output.info.path, source: tree.source, reason: "\(error)"))
            return false
        }
    }

    /// Makes valid what has all that it refers to, and gives up what never will.
    private mutating func commit() throws {
        var group: [(path: StorePath, tree: Waiting)] = []
        var ready: Set<StorePath> = []
        let ordered = waiting.keys.sorted { places[$0, default: 0] < places[$1, default: 0] }
        for path in ordered {
            guard let tree = waiting[path], let offer = plan.offers[path] else { continue }
            if offer.references.allSatisfy({ valid.contains($0) || ready.contains($0) }) {
                guard isSound(tree) else {
                    waiting[path] = nil
                    give(up: path)
                    continue
                }
                ready.insert(path)
                group.append((path, tree))
            } else if !canCome(offer) {
                waiting[path] = nil
                give(up: path)
            }
        }
        guard !group.isEmpty else { return }
        try substitution.commit(group.map { ($0.tree.output, $0.tree.source) })
        for (path, tree) in group {
            withExtendedLifetime(tree.locks) {}
            waiting[path] = nil
            valid.insert(path)
            onEvent(.finished(path, seconds: (ContinuousClock.now - tree.began) / .seconds(1)))
        }
    }
}
