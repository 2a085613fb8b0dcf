import Archives
public import LocalStore
import Primitives
public import Sandbox
import StoreDatabase
public import StoreModel
public import Substitutes

/// Makes goals valid in a store: plans what is missing, runs it, registers what comes out.
public struct Realiser: Sendable {
    let store: LocalStore
    let sandbox: Sandbox
    let program: BuiltinProgram
    let mirrors: MirrorTable
    let machine: Machine
    let options: RealisationOptions
    let environment: [String: String]
    let onEvent: @Sendable (RealisationEvent) -> Void
    let substitution: Substitution?
    /// There is one terminal.
    let terminal = TerminalUse()

    /// A realiser.
    ///
    /// - Parameters:
    ///   - store: opened for writing.
    ///   - program: what is started for downloads and unpacking.
    ///   - mirrors: where `mirror://` URLs lead.
    ///   - environment: proxies and certificates for downloads; nothing else of it is used, and
    ///     builders see none of it.
    ///   - substitution: what takes goals from binary caches. What it found and could not take yet,
    ///     because something that has to be built was missing, is taken in the stead of a build.
    ///   - onEvent: told what happens, from several threads at once.
    public init(
        store: LocalStore, sandbox: Sandbox, program: BuiltinProgram, mirrors: MirrorTable,
        machine: Machine, options: RealisationOptions, environment: [String: String],
        substitution: Substitution? = nil,
        onEvent: @escaping @Sendable (RealisationEvent) -> Void
    ) {
        self.store = store
        self.sandbox = sandbox
        self.program = program
        self.mirrors = mirrors
        self.machine = machine
        self.options = options
        self.environment = environment
        self.substitution = substitution
        self.onEvent = onEvent
    }

    /// What realising `goals` would do.
    ///
    /// - Parameters:
    ///   - checks: how often the goals are built again to compare the bytes.
    ///   - assumesFixed: whether a valid download counts whatever URLs it is named with; else one
    ///     that was fetched for others is fetched again to compare.
    ///   - expected: paths that count as valid: what will be taken from caches.
    public static func plan(
        _ goals: [Goal], checks: Int = 0, in store: LocalStore, assumesFixed: Bool = true,
        expecting expected: Set<StorePath> = []
    ) throws -> BuildPlan {
        try Planner(
            isValid: { try expected.contains($0) || store.database.isValid($0) },
            readDerivation: { try store.derivations.derivation($0) },
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
    public static func expectedSeconds(
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
    public func realise(_ plan: BuildPlan, replacing: Set<StorePath> = []) async throws {
        try await keepingSpace(for: plan) {
            try await run(plan, replacing: replacing, outcomes: StepOutcomes())
        }
    }

    /// Runs `plan`, but for steps whose outcome is known.
    ///
    /// - Parameter arrivals: what steps wait for besides each other.
    func run(
        _ plan: BuildPlan, replacing: Set<StorePath> = [], awaiting arrivals: Arrivals? = nil,
        outcomes: StepOutcomes
    ) async throws {
        let expected = try Self.expectedSeconds(
            plan, in: store, typical: options.typicalSeconds)
        onEvent(.planned(plan, expected: expected))
        guard !plan.isEmpty else { return }
        try store.addTemporaryRoots(
            plan.neededPaths { try store.derivations.derivation($0) })
        try store.removeLeftovers()
        let limits: [BuildPlan.Kind: Int] = [
            .build: options.jobs, .unpack: options.jobs, .fetch: options.downloads,
        ]
        let scheduler = Scheduler(limits: limits, keepGoing: options.keepGoing)
        var failures: [RealisationError] = []
        do {
            try await scheduler.run(
                plan, awaiting: arrivals, expected: { expected[$0.path] ?? 1 }
            ) { step in
                guard try !outcomes.isDone(step.path) else { return }
                do {
                    try await StepRunner(realiser: self, step: step, replacing: replacing)
                        .run()
                    outcomes.noteDone(step.path)
                } catch {
                    let failure =
                        error as? RealisationError
                        ?? (error is CancellationError ? .interrupted : .machine(step.path, error))
                    onEvent(.failed(step.path, failure))
                    // What was only compared is valid: what needs it can go on.
                    guard options.keepGoing, step.checks > 0, case .notDeterministic = failure
                    else {
                        outcomes.note(failure, of: step.path)
                        throw failure
                    }
                    outcomes.noteDifferent(step.path, failure)
                }
            }
        } catch let error as RealisationError where !error.isInterruption {
            failures.append(error)
        }
        failures.insert(contentsOf: outcomes.different, at: 0)
        if failures.count == 1 { throw failures[0] }
        if !failures.isEmpty { throw RealisationError.several(failures) }
    }
}
