import LocalStore
import StoreDatabase
import StoreModel
import Synchronization

/// Takes paths from binary caches during one run: downloads side by side, and what is whole is made valid
/// together. Killed at any point, no path is half valid.
final class Taking: Sendable {
    /// A tree that waits for those that it refers to.
    private struct Held {
        let output: PreparedOutput
        let source: String
        let references: Set<StorePath>
        let locks: PathLocks
        let began: ContinuousClock.Instant
    }

    private struct State {
        var trees: IncomingTrees?
        var held: [StorePath: Held] = [:]
        /// Trees that were downloaded in vain: when they are wanted after all, they are here.
        var spare: [StorePath: (output: PreparedOutput, source: String)] = [:]
    }

    private let substitution: Substitution
    private let onEvent: @Sendable (SubstitutionEvent) -> Void
    private let state = Mutex(State())

    private var store: LocalStore { substitution.store }

    init(
        _ substitution: Substitution, onEvent: @escaping @Sendable (SubstitutionEvent) -> Void
    ) {
        self.substitution = substitution
        self.onEvent = onEvent
    }

    /// Lets go of everything that is not valid.
    func discard() {
        let trees = state.withLock { state in
            state.held = [:]
            state.spare = [:]
            return state.trees.take()
        }
        trees?.discard()
    }

    /// Lets go of a path's lock; its tree is wanted again when what it refers to is built.
    func drop(_ path: StorePath) {
        state.withLock { state in
            guard let tree = state.held.removeValue(forKey: path) else { return }
            state.spare[path] = (tree.output, tree.source)
        }
    }

    /// The tree of what is offered, downloaded once; `nil` when no cache has it.
    private func tree(
        _ offer: SubstituteOffer
    ) async throws -> (output: PreparedOutput, source: String)? {
        let spare = state.withLock { $0.spare.removeValue(forKey: offer.path) }
        if let spare { return spare }
        return try await substitution.take(offer, into: trees(), onEvent: onEvent)
    }

    private func trees() throws -> IncomingTrees {
        try state.withLock { state in
            if let trees = state.trees { return trees }
            let trees = try IncomingTrees(store)
            state.trees = trees
            return trees
        }
    }

    private func lock(_ paths: [StorePath], waiting: () -> Void) async throws -> PathLocks {
        if let locks = try store.tryLock(paths) { return locks }
        waiting()
        return try await store.lock(paths)
    }

    // MARK: Before what needs it

    /// Downloads one path; it waits under its lock to be registered.
    ///
    /// - Throws: ``RealisationError/interrupted``; why nothing can be written here.
    func download(_ offer: SubstituteOffer?) async throws -> WorkEnding {
        guard let offer else { return .lost }
        let path = offer.path
        let locks = try await lock([path]) { onEvent(.waiting(path)) }
        // Another process may have made it while we waited.
        guard try !store.database.isValid(path) else {
            withExtendedLifetime(locks) {}
            return .done
        }
        onEvent(.started(path))
        let began = ContinuousClock.now
        guard let taken = try await tree(offer) else {
            onEvent(.failed(path))
            return .lost
        }
        let held = Held(
            output: taken.output, source: taken.source, references: offer.references, locks: locks,
            began: began)
        state.withLock { $0.held[path] = held }
        return .done
    }

    /// Makes valid what was downloaded.
    ///
    /// - Parameter paths: each after those that it refers to.
    func register(_ paths: [StorePath]) throws -> RegistrationReport {
        var report = RegistrationReport()
        let held = state.withLock { state in
            paths.map { ($0, state.held.removeValue(forKey: $0)) }
        }
        let references = held.reduce(into: Set<StorePath>()) {
            $0.formUnion($1.1?.references ?? [])
        }
        var present = try store.database.validPaths(among: references)
        var group: [Held] = []
        for (path, tree) in held {
            guard let tree else {
                report.valid.insert(path)
                onEvent(.alreadyValid(path))
                continue
            }
            // What refers to what was refused is given up, and no cache is blamed.
            let missing = tree.references.subtracting(present)
            guard missing.isDisjoint(with: paths) else { continue }
            guard missing.isEmpty, isSound(tree) else {
                substitution.noteFailure(of: path)
                onEvent(.failed(path))
                report.refused.insert(path)
                continue
            }
            present.insert(path)
            group.append(tree)
        }
        guard !group.isEmpty else { return report }
        try commit(group.map { ($0.output, $0.source) })
        for tree in group {
            let path = tree.output.info.path
            withExtendedLifetime(tree.locks) {}
            report.valid.insert(path)
            onEvent(.finished(path, seconds: (ContinuousClock.now - tree.began) / .seconds(1)))
        }
        return report
    }

    /// Whether a derivation claims only its own outputs; no cache can have a better one.
    private func isSound(_ tree: Held) -> Bool {
        do {
            try store.checkClaims(of: tree.output)
            return true
        } catch {
            onEvent(
                .refused(tree.output.info.path, source: tree.source, reason: "\(error)"))
            return false
        }
    }

    /// Makes trees valid, and writes down where they came from.
    private func commit(_ taken: [(output: PreparedOutput, source: String)]) throws {
        try store.commit(taken.map(\.output))
        try store.database.record(
            origins: taken.map {
                FetchOrigin(
                    output: $0.output.info.path, url: $0.source,
                    time: $0.output.info.registrationTime)
            })
    }

    // MARK: After what it refers to was built

    /// Whether caches offer all that the step makes and that is not valid.
    func isOffered(_ step: BuildPlan.Step) throws -> Bool {
        guard try substitution.mayTake(step.derivation, path: step.path) else { return false }
        let missing = try missing(of: step)
        return !missing.isEmpty && substitution.knownOffers(of: missing) != nil
    }

    private func missing(of step: BuildPlan.Step) throws -> [StorePath] {
        let outputs = step.derivation.outputs.values.compactMap(\.path)
        return Set(outputs).subtracting(try store.database.validPaths(among: outputs)).sorted()
    }

    /// Takes what a step makes, when all that it refers to has become valid.
    ///
    /// - Parameter waiting: called when another process has the lock of something.
    /// - Returns: whether it is valid now; else it has to be built.
    func take(_ step: BuildPlan.Step, waiting: () -> Void) async throws -> Bool {
        let locks = try await lock(
            step.derivation.outputs.values.compactMap(\.path).sorted(), waiting: waiting)
        defer { withExtendedLifetime(locks) {} }
        let missing = try missing(of: step)
        guard let offers = substitution.knownOffers(of: missing) else { return false }
        let needed = offers.reduce(into: Set<StorePath>()) { $0.formUnion($1.references) }
            .subtracting(missing)
        try store.addTemporaryRoots(needed.union(missing).union([step.path]))
        guard try store.database.validPaths(among: needed) == needed else { return false }
        var taken: [(output: PreparedOutput, source: String)] = []
        let began = ContinuousClock.now
        for offer in offers {
            onEvent(.started(offer.path))
            guard let one = try await tree(offer) else {
                onEvent(.failed(offer.path))
                return false
            }
            taken.append(one)
        }
        if !taken.isEmpty { try commit(taken) }
        for offer in offers {
            onEvent(.finished(offer.path, seconds: (ContinuousClock.now - began) / .seconds(1)))
        }
        return true
    }
}
