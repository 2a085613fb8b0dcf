import StoreModel

/// Runs the steps of a plan, as many at once as each kind of work allows, dependencies first and,
/// among those that are ready, what the longest remaining chain waits for.
package struct Scheduler: Sendable {
    /// How many steps of each kind may run at once; at least 1 each.
    package let limits: [BuildPlan.Kind: Int]
    /// Whether independent steps go on after a failure.
    package let keepGoing: Bool

    /// A scheduler with these limits.
    package init(limits: [BuildPlan.Kind: Int], keepGoing: Bool) {
        self.limits = limits
        self.keepGoing = keepGoing
    }

    /// What the run waits for.
    private enum News: Sendable {
        /// A step ended.
        case ended(StorePath, failure: (any Error)?)
        /// A path became valid by other means, or never will.
        case arrived(StorePath, isValid: Bool)
        case nothingElseArrives
    }

    /// Runs `plan`.
    ///
    /// - Parameters:
    ///   - arrivals: what steps wait for besides each other. A step that waits for something that does
    ///     not come is left out, with all that needs it; that is no failure.
    ///   - expected: how long a step took before, in seconds; 1 when unknown.
    ///   - work: realises one step.
    /// - Throws: what `work` threw first (all of it, with ``keepGoing``);
    ///   ``RealisationError/interrupted`` when the task was cancelled.
    package func run(
        _ plan: BuildPlan, awaiting arrivals: Arrivals? = nil,
        expected: @Sendable (BuildPlan.Step) -> Double,
        work: @escaping @Sendable (BuildPlan.Step) async throws -> Void
    ) async throws {
        var state = SchedulerState(
            plan, awaiting: arrivals?.neededBy ?? [:], expected: expected)
        var failures: [RealisationError] = []
        await withTaskGroup(of: News.self) { group in
            if let arrivals { group.addTask { await Self.next(arrivals) } }
            var running: [BuildPlan.Kind: Int] = [:]
            var isStopping = false
            while true {
                if Task.isCancelled { isStopping = true }
                while !isStopping,
                    let step = state.next(where: { running[$0, default: 0] < limit($0) })
                {
                    running[step.kind, default: 0] += 1
                    group.addTask {
                        do {
                            try await work(step)
                            return .ended(step.path, failure: nil)
                        } catch { return .ended(step.path, failure: error) }
                    }
                }
                guard let news = await group.next() else { break }
                switch news {
                case .nothingElseArrives: break
                case .arrived(let path, let isValid):
                    if isValid { state.finish(path) } else { state.fail(path) }
                    if let arrivals { group.addTask { await Self.next(arrivals) } }
                case .ended(let path, let failure):
                    if let step = plan.steps[path] { running[step.kind, default: 1] -= 1 }
                    guard let failure else {
                        state.finish(path)
                        continue
                    }
                    // What was stopped because something else failed is not a failure of its own.
                    if !(isStopping && isInterruption(failure)) {
                        failures.append(wrapped(failure, path))
                    }
                    state.fail(path)
                    if !keepGoing {
                        isStopping = true
                        group.cancelAll()
                    }
                }
            }
        }
        if Task.isCancelled { throw RealisationError.interrupted }
        for (path, dependency) in state.abandoned(plan)
        where keepGoing && plan.steps[dependency] != nil {
            failures.append(.dependencyFailed(path, dependency: dependency))
        }
        if failures.count == 1 { throw failures[0] }
        if !failures.isEmpty { throw RealisationError.several(failures) }
    }

    private static func next(_ arrivals: Arrivals) async -> News {
        guard let (path, isValid) = await arrivals.next() else { return .nothingElseArrives }
        return .arrived(path, isValid: isValid)
    }

    private func limit(_ kind: BuildPlan.Kind) -> Int { max(1, limits[kind, default: 1]) }

    private func isInterruption(_ error: any Error) -> Bool {
        if error is CancellationError { return true }
        if case RealisationError.interrupted = error { return true }
        return false
    }

    private func wrapped(_ error: any Error, _ path: StorePath) -> RealisationError {
        if let error = error as? RealisationError { return error }
        if error is CancellationError { return .interrupted }
        return .machine(path, error)
    }
}

/// Which steps are ready, waiting or given up.
private struct SchedulerState {
    private var waiting: [StorePath: Int] = [:]
    private var dependents: [StorePath: [StorePath]] = [:]
    private var ready: [BuildPlan.Step] = []
    private var failed: [StorePath: StorePath] = [:]
    private let steps: [StorePath: BuildPlan.Step]
    private let urgency: [StorePath: Double]

    init(
        _ plan: BuildPlan, awaiting: [StorePath: Set<StorePath>],
        expected: (BuildPlan.Step) -> Double
    ) {
        steps = plan.steps
        for step in plan.steps.values {
            let needed = step.dependencies.union(awaiting[step.path, default: []])
            waiting[step.path] = needed.count
            for dependency in needed {
                dependents[dependency, default: []].append(step.path)
            }
        }
        // From the goals back: a step is as urgent as the longest chain it holds up.
        var urgency: [StorePath: Double] = [:]
        for path in plan.order.reversed() {
            guard let step = plan.steps[path] else { continue }
            let above = dependents[path, default: []].map { urgency[$0, default: 0] }.max() ?? 0
            urgency[path] = above + expected(step)
        }
        self.urgency = urgency
        for path in plan.order where waiting[path] == 0 {
            if let step = plan.steps[path] { ready.append(step) }
        }
        sortReady()
    }

    /// Takes the most urgent ready step of a kind that may start.
    mutating func next(where mayStart: (BuildPlan.Kind) -> Bool) -> BuildPlan.Step? {
        guard let index = ready.firstIndex(where: { mayStart($0.kind) }) else { return nil }
        return ready.remove(at: index)
    }

    mutating func finish(_ path: StorePath) {
        for dependent in dependents[path, default: []] {
            guard let count = waiting[dependent] else { continue }
            waiting[dependent] = count - 1
            if count == 1, failed[dependent] == nil, let step = steps[dependent] {
                ready.append(step)
            }
        }
        sortReady()
    }

    /// Gives up everything that needs `path`.
    mutating func fail(_ path: StorePath) {
        var queue = dependents[path, default: []]
        while let next = queue.popLast() {
            guard failed[next] == nil else { continue }
            failed[next] = path
            queue += dependents[next, default: []]
        }
    }

    /// What was given up, with the failure that caused it, dependencies first.
    func abandoned(_ plan: BuildPlan) -> [(StorePath, StorePath)] {
        plan.order.compactMap { path in failed[path].map { (path, $0) } }
    }

    private mutating func sortReady() {
        ready.sort {
            let (left, right) = (urgency[$0.path, default: 0], urgency[$1.path, default: 0])
            return left != right ? left > right : $0.path < $1.path
        }
    }
}
