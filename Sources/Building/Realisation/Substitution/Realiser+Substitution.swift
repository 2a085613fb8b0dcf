import LocalStore
import StoreDatabase
package import StoreModel
import SystemSupport

extension Realiser {
    /// Makes `goals` valid: takes what binary caches have, when there are any, and builds the rest beside
    /// that; each build begins as soon as what it needs is there.
    ///
    /// - Parameter checks: how often the goals are built again to compare the bytes.
    /// - Returns: the plan, whose goals tell the outputs.
    /// - Throws: as ``realise(_:replacing:)``, and what ``Substitution`` throws.
    @discardableResult
    package func realise(_ goals: [Goal], checks: Int = 0) async throws -> BuildPlan {
        try await Blocking.running {
            try await take(goals.map(\.item).filter(\.isDerivation))
            let plan = try await plan(goals, checks: checks)
            try await run(plan, by: PlanRun(self, request: .init(goals: goals, checks: checks)))
            try checkMade(plan)
            return plan
        }
    }

    /// Whatever went wrong on the way: nobody is told that something is there which is not.
    private func checkMade(_ plan: BuildPlan) throws {
        for (goal, outputs) in plan.goals {
            let valid = try store.database.validPaths(among: outputs.values)
            guard let missing = outputs.first(where: { !valid.contains($0.value) }) else {
                continue
            }
            throw RealisationError.missingOutput(
                goal.item, output: missing.key,
                path: store.storeDirectory.path(of: missing.value))
        }
    }

    /// What is to be taken and done for `goals`, but for what caches failed to give.
    func plan(_ goals: [Goal], checks: Int) async throws -> BuildPlan {
        let forced = checks > 0 ? Set(goals.map(\.item)) : []
        let substitutes = try await substitution?.plan(goals, forced: forced) {
            onEvent(.substitution($0))
        }
        var plan = try Self.plan(
            goals, checks: checks, in: store, assumesFixed: options.assumesFixed,
            expecting: Set(substitutes?.order ?? []))
        plan.substitutes = substitutes ?? .empty
        return plan
    }

    /// Takes from binary caches what they have of `paths`, with all that these refer to, and builds
    /// nothing. Without caches, nothing happens.
    ///
    /// - Throws: what ``Substitution`` throws; caches that fail have nothing.
    package func take(_ paths: [StorePath]) async throws {
        guard let substitution else { return }
        let missing = Set(paths).subtracting(try store.database.validPaths(among: paths))
        guard !missing.isEmpty else { return }
        var plan = BuildPlan()
        plan.substitutes = try await substitution.plan(missing.sorted().map { .path($0) }) {
            onEvent(.substitution($0))
        }
        try await run(plan, by: PlanRun(self))
    }
}
