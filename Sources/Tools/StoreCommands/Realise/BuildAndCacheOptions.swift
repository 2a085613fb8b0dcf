import ArgumentParser
import Giving
import LocalStore
import NodeosStore
import Primitives
import Realisation
import Recipes
import StoreModel
import Substitutes
import SystemSupport

/// How to make goals valid, by builds and by what binary caches have: the options of all commands that
/// do it.
package struct BuildAndCacheOptions: ParsableArguments {
    @OptionGroup(title: "Building")
    var building: BuildOptions

    @OptionGroup(title: "Taking from binary caches")
    var caches: CacheOptions

    /// The defaults.
    package init() {}
}

extension BuildAndCacheOptions {
    /// Makes `goals` valid with progress on standard error, and keeps them while this process runs;
    /// signals stop it. Nothing is started, and nobody is asked, where all is there.
    ///
    /// - Parameters:
    ///   - checks: how often the goals are built again to compare the bytes.
    ///   - push: the cache that builds are given to, how they are packed and by whom signed.
    func realise(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, _ context: CommandContext,
        pushing push: (CacheAddress, PackingOptions, SecretKey?)? = nil
    ) async throws -> RealisedGoals {
        var present = StoreSession.Configuration(layout: store.layout)
        present.options.assumesFixed = building.assumeFixed
        present.clock = context.now
        if let found = try StoreSession(store, present).realised(goals, checks: checks) {
            return found
        }
        return try await building.withSession(for: store, context, caches) {
            guard let (cache, packing, key) = push else {
                return try await $0.realise(goals, checks: checks)
            }
            return try await $0.realise(
                goals, checks: checks, pushingTo: cache, packing: packing, signing: key)
        }
    }

    /// What ``realise(_:checks:in:_:)`` would do.
    func outlook(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, _ context: CommandContext
    ) async throws -> PlanAnswer {
        let display = building.display(context)
        let session = try building.session(store, context, display, caches)
        if !session.configuration.caches.isEmpty { _ = try Processors.workers() }
        let outlook = try await building.showing(display) {
            try await session.outlook(of: goals, checks: checks)
        }
        return PlanAnswer(
            plan: outlook.plan, substitutes: outlook.substitutes, unread: outlook.unread,
            expected: try Realiser.expectedSeconds(
                outlook.plan, in: store, typical: PackageGraph.typicalSeconds),
            jobs: building.jobs(context), store: store.storeDirectory)
    }

    /// Runs `body` with a realiser that takes from the caches that are named, with progress on standard
    /// error; signals stop it.
    func withRealiser<Value: Sendable>(
        for store: LocalStore, _ context: CommandContext,
        _ body: @escaping @Sendable (Realiser) async throws -> Value
    ) async throws -> Value {
        try await building.withSession(for: store, context, caches) {
            try await body($0.realiser())
        }
    }
}
