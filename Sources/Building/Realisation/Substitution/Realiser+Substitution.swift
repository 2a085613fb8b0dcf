import LocalStore
import StoreDatabase
public import StoreModel
import Synchronization

extension Realiser {
    /// Makes `goals` valid: takes what binary caches have, when there are any, and builds the rest beside
    /// that; each build begins as soon as what it needs is there.
    ///
    /// - Parameter checks: how often the goals are built again to compare the bytes.
    /// - Returns: the plan, whose goals tell the outputs.
    /// - Throws: as ``realise(_:replacing:)``, and what ``Substitution`` throws.
    @discardableResult
    public func realise(_ goals: [Goal], checks: Int = 0) async throws -> BuildPlan {
        try await take(goals.map(\.item).filter(\.isDerivation))
        let outcomes = StepOutcomes()
        if let substitution {
            let forced = checks > 0 ? Set(goals.map(\.item)) : []
            let substitutes = try await substitution.plan(goals, forced: forced) {
                onEvent(.substitution($0))
            }
            let plan = try Self.plan(
                goals, checks: checks, in: store, assumesFixed: options.assumesFixed,
                expecting: Set(substitutes.order))
            let counted = substitutes.offers.values.reduce(into: Set(substitutes.order)) {
                $0.formUnion($1.references)
            }
            let isDone = try await keepingSpace(for: plan, and: counted) {
                try await run(plan, beside: substitutes, substitution, outcomes)
            }
            if isDone { return plan }
        }
        // What caches failed to give is found missing like anything else.
        let plan = try Self.plan(
            goals, checks: checks, in: store, assumesFixed: options.assumesFixed)
        try await keepingSpace(for: plan) { try await run(plan, outcomes: outcomes) }
        return plan
    }

    /// Takes from binary caches what they have of `paths`, with all that these refer to, and builds
    /// nothing. Without caches, nothing happens.
    ///
    /// - Throws: what ``Substitution`` throws; caches that fail have nothing.
    public func take(_ paths: [StorePath]) async throws {
        guard let substitution else { return }
        let missing = Set(paths).subtracting(try store.database.validPaths(among: paths))
        guard !missing.isEmpty else { return }
        let plan = try await substitution.plan(missing.sorted().map { .path($0) }) {
            onEvent(.substitution($0))
        }
        try await substitution.run(plan) { onEvent(.substitution($0)) }
    }

    /// Runs a plan while what it counts on is taken from caches.
    ///
    /// - Returns: whether all came; if not, steps that need what did not are not run, and with
    ///   ``RealisationOptions/keepGoing`` failures are not thrown yet.
    private func run(
        _ plan: BuildPlan, beside substitutes: SubstitutePlan, _ substitution: Substitution,
        _ outcomes: StepOutcomes
    ) async throws -> Bool {
        guard !substitutes.isEmpty else {
            try await run(plan, outcomes: outcomes)
            return true
        }
        let arrivals = Arrivals(neededBy: try needs(of: plan, among: substitutes))
        let ending = Ending()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { arrivals.finish() }
                try await substitution.run(substitutes) { event in
                    onEvent(.substitution(event))
                    switch event {
                    case .finished(let path, _), .alreadyValid(let path):
                        arrivals.tell(path, isValid: true)
                    case .failed(let path):
                        ending.isLacking.withLock { $0 = true }
                        arrivals.tell(path, isValid: false)
                    default: break
                    }
                }
            }
            group.addTask {
                do { try await run(plan, awaiting: arrivals, outcomes: outcomes) } catch let error
                    as RealisationError
                {
                    guard options.keepGoing, !error.isInterruption else { throw error }
                    ending.failure.withLock { $0 = error }
                }
            }
            // The first that fails ends the other.
            for try await _ in group {}
        }
        if ending.isLacking.withLock({ $0 }) { return false }
        if let failure = ending.failure.withLock({ $0 }) { throw failure }
        return true
    }

    /// How a plan and what it counted on ended.
    private final class Ending: Sendable {
        let isLacking = Mutex(false)
        let failure = Mutex<RealisationError?>(nil)
    }

    /// Which steps read what will be taken. Their own outputs count too: what is built again is
    /// compared with what the cache gave.
    private func needs(
        of plan: BuildPlan, among substitutes: SubstitutePlan
    ) throws -> [StorePath: Set<StorePath>] {
        try plan.steps.compactMapValues { step in
            var paths = step.derivation.inputSources
            paths.formUnion(step.derivation.outputs.values.compactMap(\.path))
            for (input, names) in step.derivation.inputDerivations {
                let outputs = try store.derivations.derivation(input).outputs
                paths.formUnion(names.compactMap { outputs[$0]?.path })
            }
            let awaited = paths.filter { substitutes.offers[$0] != nil }
            return awaited.isEmpty ? nil : awaited
        }
    }
}
