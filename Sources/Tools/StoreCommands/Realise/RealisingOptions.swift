public import ArgumentParser
import LocalStore
import Realisation
import Recipes
import StoreModel

/// How to make goals valid, by builds and by what binary caches have: the options of all commands that
/// do it.
public struct RealisingOptions: ParsableArguments {
    @OptionGroup(title: "Building")
    var building: RealisationOptionGroup

    @OptionGroup(title: "Taking from binary caches")
    var caches: SubstitutionOptions

    /// The defaults.
    public init() {}
}

extension RealisingOptions {
    /// Makes `goals` valid with progress on standard error, and keeps them while this process runs;
    /// signals stop it. Nothing is started, and nobody is asked, where all is there.
    ///
    /// - Parameter checks: how often the goals are built again to compare the bytes.
    /// - Returns: the plan, whose goals tell the outputs.
    func realise(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, _ context: CommandContext
    ) async throws -> BuildPlan {
        // What cannot be planned yet, a cache may have.
        if let plan = try? plan(goals, checks, store), plan.isEmpty {
            try store.addTemporaryRoots(plan.goals.flatMap(\.outputs.values))
            // A collector may have been faster.
            if try self.plan(goals, checks, store).isEmpty { return plan }
        }
        return try await withRealiser(for: store, context) {
            try await $0.realise(goals, checks: checks)
        }
    }

    /// What ``realise(_:checks:in:_:)`` would do.
    func outlook(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, _ context: CommandContext
    ) async throws -> PlanAnswer {
        let substitution = try caches.substitution(
            store, downloads: building.downloads, netrc: building.netrc, context)
        if substitution != nil { _ = try Processors.workers() }
        let display = building.display(context)
        let assumesFixed = building.assumeFixed
        let outlook = try await building.showing(display) {
            try await RealisationOutlook(
                of: goals, checks: checks, in: store, assumesFixed: assumesFixed,
                substitution: substitution
            ) { display.handle(.substitution($0)) }
        }
        return PlanAnswer(
            plan: outlook.plan, substitutes: outlook.substitutes, unread: outlook.unread,
            expected: try Realiser.expectedSeconds(
                outlook.plan, in: store, typical: PackageGraph.typicalSeconds),
            jobs: building.jobs, store: store.storeDirectory)
    }

    /// Runs `body` with a realiser that takes from the caches that are named, with progress on standard
    /// error; signals stop it.
    func withRealiser<Value: Sendable>(
        for store: LocalStore, _ context: CommandContext,
        _ body: @escaping @Sendable (Realiser) async throws -> Value
    ) async throws -> Value {
        let substitution = try caches.substitution(
            store, downloads: building.downloads, netrc: building.netrc, context)
        return try await building.withRealiser(for: store, context, substitution, body)
    }

    private func plan(_ goals: [Goal], _ checks: Int, _ store: LocalStore) throws -> BuildPlan {
        try Realiser.plan(
            goals, checks: checks, in: store, assumesFixed: building.assumeFixed)
    }
}
