public import Realisation
import Sandbox
import StoreDatabase
public import StoreModel
import Substitutes

/// Goals that are valid now.
public struct RealisedGoals: Hashable, Sendable {
    /// Each, in the order asked.
    public let goals: [RealisedGoal]

    /// All paths, in that order.
    public var paths: [StorePath] { goals.flatMap(\.paths) }

    init(_ plan: BuildPlan) {
        goals = plan.goals.map { RealisedGoal(goal: $0.goal, outputs: $0.outputs) }
    }
}

/// A goal that is valid now.
public struct RealisedGoal: Hashable, Sendable {
    /// What was asked for.
    public let goal: Goal
    /// Its paths by the names of outputs; of a goal that is a path itself, one.
    public let outputs: [String: StorePath]

    /// The paths, in the order of their names.
    public var paths: [StorePath] { outputs.sorted { $0.key < $1.key }.map(\.value) }
}

extension StoreSession {
    /// Makes `goals` valid: takes what the binary caches have, fetches and builds the rest.
    ///
    /// What happens is told to ``Configuration/onEvent``. Nothing is started, and nobody is asked, where all
    /// is there. Cancelling the task ends every builder; a later call goes on where this one was. Nothing that
    /// is realised is collected while this process runs; ``addRoots(link:to:)`` keeps it longer.
    ///
    /// - Parameters:
    ///   - goals: what is to be valid.
    ///   - checks: how often what they name is built again to compare the bytes.
    /// - Returns: the goals with their paths.
    /// - Throws: ``StoreError/realisation(_:)`` for what cannot be made, ``StoreError/cancelled``. What was
    ///   made before stays valid; of the rest nothing is half there.
    @discardableResult
    public func realise(
        _ goals: [Goal], checks: Int = 0
    ) async throws(StoreError) -> RealisedGoals {
        if let present = try realised(goals, checks: checks) { return present }
        return try await StoreError.wrapping {
            let plan = try await realiser().realise(goals, checks: checks)
            return try noteUse(of: RealisedGoals(plan))
        }
    }

    /// The paths of `goals`, when ``realise(_:checks:)`` would have nothing to do; `nil` when something has
    /// to be made or taken first. They are kept while this process runs.
    public func realised(
        _ goals: [Goal], checks: Int = 0
    ) throws(StoreError) -> RealisedGoals? {
        // What cannot be planned, a cache may have. `nil` leads to `realise`, which plans again and says why.
        guard let plan = try? plan(goals, checks), plan.isEmpty else { return nil }
        return try StoreError.wrapping {
            try store.addTemporaryRoots(plan.goals.flatMap(\.outputs.values))
            // A collector may have been faster.
            guard try self.plan(goals, checks).isEmpty else { return nil }
            return try noteUse(of: RealisedGoals(plan))
        }
    }

    private func noteUse(of realised: RealisedGoals) throws -> RealisedGoals {
        if !isReadOnly {
            try store.database.recordUse(of: realised.paths, at: configuration.clock())
        }
        return realised
    }

    /// Makes all outputs of `derivation` valid; see ``realise(_:checks:)``.
    ///
    /// - Returns: the outputs by name.
    public func realise(_ derivation: StorePath) async throws(StoreError) -> [String: StorePath] {
        try await realise([.outputs(of: derivation, [])]).goals.first?.outputs ?? [:]
    }

    /// What ``realise(_:checks:)`` would do, of which nothing is done. Caches are asked.
    public func outlook(
        of goals: [Goal], checks: Int = 0
    ) async throws(StoreError) -> RealisationOutlook {
        try await StoreError.wrapping {
            let onEvent = configuration.onEvent
            return try await RealisationOutlook(
                of: goals, checks: checks, in: store,
                assumesFixed: configuration.options.assumesFixed, substitution: substitution(),
                onEvent: { onEvent(.substitution($0)) })
        }
    }

    private func plan(_ goals: [Goal], _ checks: Int) throws -> BuildPlan {
        try Realiser.plan(
            goals, checks: checks, in: store, assumesFixed: configuration.options.assumesFixed)
    }

    /// What runs plans, with all that the configuration says.
    package func realiser() throws -> Realiser {
        let builder =
            try configuration.builder ?? LocalBuilder(Sandbox(), helper: configuration.builtins)
        return Realiser(
            store: store, builder: builder, mirrors: configuration.mirrors,
            machine: configuration.machine ?? .current(), options: configuration.options,
            environment: configuration.environment, substitution: substitution(),
            onEvent: configuration.onEvent)
    }

    /// What takes from the caches; `nil` when there are none.
    package func substitution() -> Substitution? {
        guard !configuration.caches.isEmpty else { return nil }
        return Substitution(
            store, caches: configuration.caches.map(cache), trust: configuration.trust,
            downloads: configuration.options.downloads,
            alwaysAllowed: configuration.alwaysAllowsSubstitutes)
    }

    /// The cache at `address`.
    func cache(_ address: CacheAddress) -> BinaryCache {
        BinaryCache(
            address, store: storeDirectory, environment: configuration.environment,
            netrcFile: configuration.options.netrcFile,
            temporaryDirectory: configuration.temporaryDirectory)
    }
}
