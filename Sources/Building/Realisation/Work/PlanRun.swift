import LocalStore
import StoreDatabase
import StoreModel
import Synchronization

/// One run of a plan: does its work in the store, and plans anew when a cache fails to give what it
/// offered.
final class PlanRun: WorkCrew {
    /// What a plan is made for, so that another can be.
    struct Request {
        let goals: [Goal]
        let checks: Int
    }

    private struct State {
        /// Of all plans so far: a step of an earlier one may begin while another is made.
        var steps: [StorePath: BuildPlan.Step] = [:]
        var offers: [StorePath: SubstituteOffer] = [:]
        /// What people were told of.
        var announced: Set<Work> = []
        /// Steps that were to be taken and have to be built.
        var unavailable: Set<StorePath> = []
        /// Builds that were only compared and differ; what needs them could go on.
        var different: [RealisationError] = []
    }

    let realiser: Realiser
    /// Valid paths that are damaged and to be made again.
    private let replacing: Set<StorePath>
    /// `nil` when what is lost is lost.
    private let request: Request?
    private let state = Mutex(State())
    private let taking: Taking?

    var store: LocalStore { realiser.store }

    init(_ realiser: Realiser, replacing: Set<StorePath> = [], request: Request? = nil) {
        self.realiser = realiser
        self.replacing = replacing
        self.request = request
        taking = realiser.substitution.map { substitution in
            Taking(substitution) { [onEvent = realiser.onEvent] in onEvent(.substitution($0)) }
        }
    }

    /// Runs `plan`.
    ///
    /// - Throws: as ``Scheduler/run(_:by:)``; what was only compared and differs.
    func run(_ plan: BuildPlan) async throws {
        let options = realiser.options
        let items = try prepare(plan, isFirst: true)
        guard !items.isEmpty else { return }
        let scheduler = Scheduler(
            limits: [
                .build: options.jobs, .unpack: options.jobs, .fetch: options.downloads,
                .substitution: realiser.substitution?.downloads ?? 1,
            ], keepGoing: options.keepGoing)
        defer { realiser.history.write() }
        var failures: [RealisationError] = []
        do { try await scheduler.run(items, by: self) } catch {
            // A thread that waits for a server may hold the directory for long.
            taking?.discard()
            guard let error = error as? RealisationError, !error.isInterruption else { throw error }
            failures.append(error)
        }
        failures.insert(contentsOf: state.withLock { $0.different }, at: 0)
        if failures.count == 1 { throw failures[0] }
        if !failures.isEmpty { throw RealisationError.several(failures) }
    }

    /// Keeps what a plan counts on, tells what is new in it, and puts it in order.
    private func prepare(_ plan: BuildPlan, isFirst: Bool) throws -> [Work.Graph.Item] {
        let expected = try Realiser.expectedSeconds(
            plan, in: store, typical: realiser.options.typicalSeconds)
        let known = state.withLock { state in
            state.steps.merge(plan.steps) { $1 }
            state.offers.merge(plan.substitutes.offers) { $1 }
            let known = state.announced
            state.announced.formUnion(plan.steps.keys.map { .step($0) })
            state.announced.formUnion(plan.substitutes.order.map { .registration($0) })
            return known
        }
        let takes = plan.substitutes.filtered { !known.contains(.registration($0)) }
        let steps = plan.filtered { !known.contains(.step($0)) }
        if !takes.isEmpty { realiser.onEvent(.substitution(.planned(takes))) }
        if isFirst && request != nil || !steps.isEmpty {
            realiser.onEvent(.planned(steps, expected: expected))
        }
        guard !plan.isEmpty || !plan.substitutes.isEmpty else { return [] }
        // From now on no collector takes what was found to be here.
        try store.addTemporaryRoots(
            plan.neededPaths { try store.derivations.derivation($0) }
                .union(plan.substitutes.neededPaths))
        if isFirst { try store.removeLeftovers() }
        return try items(of: plan, expected)
    }

    private func items(
        of plan: BuildPlan, _ expected: [StorePath: Double]
    ) throws -> [Work.Graph.Item] {
        var items: [Work.Graph.Item] = []
        let offers = plan.substitutes.offers
        for path in plan.substitutes.order {
            let references = offers[path]?.references.filter { offers[$0] != nil } ?? []
            // The same for all, so that what others refer to begins before them.
            items.append(.init(.download(path), .substitution))
            items.append(
                .init(
                    .registration(path), .registration,
                    after: Set(references.map { .registration($0) }).union([.download(path)])))
        }
        for step in plan.order.compactMap({ plan.steps[$0] }) {
            // Its own outputs count too: what is built again is compared with what the cache gave.
            let awaited = try step.readPaths { try store.derivations.derivation($0) }
                .union(step.derivation.outputs.values.compactMap(\.path))
                .filter { offers[$0] != nil }
            items.append(
                .init(
                    .step(step.path), try isOffered(step) ? .substitution : WorkKind(step.kind),
                    after: Set(step.dependencies.map { .step($0) })
                        .union(awaited.map { .registration($0) }),
                    weight: expected[step.path] ?? 1))
        }
        return items
    }

    /// Whether a cache has what the step makes, and only what that refers to was not there when the plan
    /// was made.
    private func isOffered(_ step: BuildPlan.Step) throws -> Bool {
        guard let taking, replacing.isEmpty,
            !state.withLock({ $0.unavailable.contains(step.path) })
        else { return false }
        return try taking.isOffered(step)
    }

    // MARK: Work

    func replan() async throws -> [Work.Graph.Item]? {
        guard let request else { return nil }
        return try await prepare(
            realiser.plan(request.goals, checks: request.checks), isFirst: false)
    }

    func perform(_ work: Work, as kind: WorkKind) async throws -> WorkEnding {
        guard case .step(let path) = work else {
            return try await taking?.download(offer(of: work)) ?? .lost
        }
        guard let step = state.withLock({ $0.steps[path] }) else { return .lost }
        do {
            if kind == .substitution, let taking {
                let isTaken = try await taking.take(step) { realiser.onEvent(.waiting(path)) }
                guard isTaken, step.checks == 0 else {
                    state.withLock { _ = $0.unavailable.insert(path) }
                    return .repeated(WorkKind(step.kind))
                }
                realiser.onEvent(.alreadyValid(path))
            } else {
                try await StepRunner(realiser: realiser, step: step, replacing: replacing).run()
            }
        } catch {
            let failure =
                error as? RealisationError
                ?? (error is CancellationError ? .interrupted : .machine(path, error))
            realiser.onEvent(.failed(path, failure))
            // What was only compared is valid: what needs it can go on.
            guard realiser.options.keepGoing, step.checks > 0, case .notDeterministic = failure
            else { throw failure }
            state.withLock { $0.different.append(failure) }
        }
        return .done
    }

    private func offer(of work: Work) -> SubstituteOffer? {
        state.withLock { $0.offers[work.path] }
    }

    func register(_ paths: [StorePath]) async throws -> RegistrationReport {
        try taking?.register(paths) ?? RegistrationReport()
    }

    func drop(_ path: StorePath) { taking?.drop(path) }

    func giveUp(_ path: StorePath) {
        taking?.drop(path)
        realiser.onEvent(.substitution(.failed(path)))
    }
}
