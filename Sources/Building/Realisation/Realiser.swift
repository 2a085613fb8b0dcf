import Archives
package import LocalStore
import Primitives
import StoreDatabase
package import StoreModel
package import Substitutes
import SystemSupport

/// Makes goals valid in a store: plans what is missing, runs it, registers what comes out.
package struct Realiser: Sendable {
    let store: LocalStore
    let builder: any Builder
    let mirrors: MirrorTable
    let machine: Machine
    let options: RealisationOptions
    let environment: [String: String]
    let onEvent: @Sendable (RealisationEvent) -> Void
    let substitution: Substitution?
    let history: BuildHistory
    let references: ReferenceCache
    /// There is one terminal.
    let terminal = TerminalUse()

    /// A realiser.
    ///
    /// - Parameters:
    ///   - store: opened for writing.
    ///   - builder: runs what is to be built.
    ///   - mirrors: where `mirror://` URLs lead.
    ///   - environment: proxies and certificates for downloads; nothing else of it is used, and
    ///     builders see none of it.
    ///   - substitution: what takes goals from binary caches.
    ///   - onEvent: told what happens, from several threads at once.
    package init(
        store: LocalStore, builder: any Builder, mirrors: MirrorTable, machine: Machine,
        options: RealisationOptions, environment: [String: String],
        substitution: Substitution? = nil,
        onEvent: @escaping @Sendable (RealisationEvent) -> Void
    ) {
        self.store = store
        self.builder = builder
        self.mirrors = mirrors
        self.machine = machine
        self.options = options
        self.environment = environment
        self.substitution = substitution
        self.onEvent = onEvent
        history = BuildHistory(store.database)
        references = ReferenceCache(of: store.database)
    }

    /// What realising `goals` would do.
    ///
    /// - Parameters:
    ///   - checks: how often the goals are built again to compare the bytes.
    ///   - assumesFixed: whether a valid download counts whatever URLs it is named with; else one
    ///     that was fetched for others is fetched again to compare.
    ///   - expected: paths that count as valid: what will be taken from caches.
    package static func plan(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, assumesFixed: Bool = true,
        expecting expected: Set<StorePath> = []
    ) throws -> BuildPlan {
        try Planner(
            isValid: { try expected.contains($0) || store.database.isValid($0) },
            readDerivation: { try store.derivations.derivationIfValid($0) },
            isStale: { derivation in
                guard !assumesFixed, derivation.builder == "builtin:fetchurl",
                    let output = derivation.fixedOutput?.path,
                    // What a cache gave was never fetched for any URL; its hash was compared.
                    try store.database.info(output)?.isUltimate == true
                else { return false }
                return SourceOrigins.isStale(
                    derivation, known: try store.database.origins(of: output))
            }
        ).plan(goals, checks: checks)
    }

    /// How long the plan's derivations took when they, or another version of them, were built here
    /// last, in seconds; else what `typical` says of their names.
    package static func expectedSeconds(
        _ plan: BuildPlan, in store: LocalStore, typical: [String: Double] = [:]
    ) throws -> [StorePath: Double] {
        let names = Set(plan.steps.values.map { $0.derivation.packageName })
        let times = try store.database.lastBuildTimes(names: names)
        var result: [StorePath: Double] = [:]
        for step in plan.steps.values {
            let name = step.derivation.packageName
            result[step.path] = times[name].map { $0 / .seconds(1) } ?? typical[name]
        }
        return result
    }

    /// Runs `plan`.
    ///
    /// - Parameter replacing: valid paths that are damaged: those the plan makes are put in the
    ///   place of what is there.
    ///
    /// When it returns, every goal is valid. When it throws, nothing is half valid: each output is
    /// registered whole or not at all, and no builder runs any more.
    ///
    /// - Throws: ``RealisationError``; ``RealisationError/interrupted`` when the task is cancelled.
    package func realise(_ plan: BuildPlan, replacing: Set<StorePath> = []) async throws {
        try await run(plan, by: PlanRun(self, replacing: replacing))
    }

    /// Has a plan run on threads that may block, and collects meanwhile when that was asked for.
    func run(_ plan: BuildPlan, by run: PlanRun) async throws {
        try await Blocking.running {
            try await keepingSpace(for: plan) { try await run.run(plan) }
        }
    }
}
