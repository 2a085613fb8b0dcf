import StoreModel

/// Runs the work of a plan, as much at once as each kind of it allows, dependencies first and, among what
/// is ready, what the longest remaining chain waits for.
package struct Scheduler: Sendable {
    /// How much of each kind may run at once; at least 1 each.
    package let limits: [WorkKind: Int]
    /// Whether independent steps go on after a failure.
    package let keepGoing: Bool

    /// So many downloaded trees may wait for what they refer to; each holds a lock.
    static let maximumHeld = 256
    /// What is downloaded is made valid together, so often: each time, the disk is waited for, and others
    /// may wait for what is here.
    static let registrationInterval = Duration.milliseconds(300)

    /// A scheduler with these limits.
    package init(limits: [WorkKind: Int], keepGoing: Bool) {
        self.limits = limits
        self.keepGoing = keepGoing
    }

    /// Has `crew` do `items`.
    ///
    /// A download that no cache really gives is no failure: what refers to it is given up, the crew plans
    /// anew, and the graph becomes that of the new plan, without what is done and with what is under way.
    ///
    /// - Parameter items: each after those that it needs.
    /// - Throws: what a step threw first (all of it, with ``keepGoing``); what a download or a registration
    ///   threw, which is the machine's fault; ``RealisationError/interrupted`` when the task was cancelled.
    package func run(_ items: [Work.Graph.Item], by crew: some WorkCrew) async throws {
        var run = SchedulerRun(self, items, crew)
        await withTaskGroup(of: News.self) { group in
            while true {
                if Task.isCancelled { run.isStopping = true }
                run.start(in: &group)
                guard run.isBusy, let news = await group.next() else { break }
                run.take(news)
                // What runs is stopped, and waited for.
                if run.isStopping { group.cancelAll() }
            }
            group.cancelAll()
        }
        if Task.isCancelled { throw RealisationError.interrupted }
        try run.result()
    }
}

/// What a run waits for.
private enum News: Sendable {
    case ended(Work, Result<WorkEnding, any Error>)
    case registered([StorePath], Result<RegistrationReport, any Error>)
    case planned(Result<[Work.Graph.Item]?, any Error>)
    /// It is time to make valid what is downloaded.
    case alarm
}

/// The state of one run: what is under way, and what became of the rest.
private struct SchedulerRun<Crew: WorkCrew> {
    /// Nothing new begins.
    var isStopping = false

    private let scheduler: Scheduler
    private let crew: Crew
    private var graph: Work.Graph
    private var running: [Work: WorkKind] = [:]
    private var counts: [WorkKind: Int] = [:]
    private var done: Set<Work> = []
    /// What no cache gave.
    private var lost: Set<StorePath> = []
    /// What the present plan takes in vain because it refers to something that was lost.
    private var givenUp: Set<StorePath> = []
    /// What is downloaded and not valid yet.
    private var held: Set<StorePath> = []
    private var failed: Set<Work> = []
    private var failures: [RealisationError] = []
    /// Why nothing more can be done on this machine.
    private var fault: (any Error)?
    private var needsPlan = false
    private var isPlanning = false
    private var cannotPlan = false
    private var hasAlarm = false
    private var lastRegistration = ContinuousClock.now

    init(_ scheduler: Scheduler, _ items: [Work.Graph.Item], _ crew: Crew) {
        self.scheduler = scheduler
        self.crew = crew
        graph = Work.Graph(items)
    }

    /// Whether something is under way.
    var isBusy: Bool { !running.isEmpty || isPlanning }

    // MARK: Beginning

    mutating func start(in group: inout TaskGroup<News>) {
        guard !isStopping else { return }
        for kind in WorkKind.allCases where kind != .registration {
            while mayStart(kind), let work = graph.next(in: kind) {
                begin(work, kind)
                group.addTask { [crew] in
                    do {
                        return .ended(work, .success(try await crew.perform(work, as: kind)))
                    } catch { return .ended(work, .failure(error)) }
                }
            }
        }
        startRegistration(in: &group)
        if needsPlan, !isPlanning, !cannotPlan {
            (needsPlan, isPlanning) = (false, true)
            group.addTask { [crew] in
                do { return .planned(.success(try await crew.replan())) } catch {
                    return .planned(.failure(error))
                }
            }
        }
    }

    private func mayStart(_ kind: WorkKind) -> Bool {
        counts[kind, default: 0] < max(1, scheduler.limits[kind, default: 1])
            && (kind != .substitution || held.count < Scheduler.maximumHeld)
    }

    private mutating func startRegistration(in group: inout TaskGroup<News>) {
        guard counts[.registration, default: 0] == 0, graph.hasReady(in: .registration) else {
            return
        }
        let wait = Scheduler.registrationInterval - (ContinuousClock.now - lastRegistration)
        guard wait <= .zero || counts[.substitution, default: 0] == 0 else {
            guard !hasAlarm else { return }
            hasAlarm = true
            group.addTask {
                // Cancelled, it comes early, which does no harm.
                try? await Task.sleep(for: wait)
                return .alarm
            }
            return
        }
        let paths = graph.all(in: .registration).map(\.path)
        for path in paths { begin(.registration(path), .registration) }
        group.addTask { [crew] in
            do { return .registered(paths, .success(try await crew.register(paths))) } catch {
                return .registered(paths, .failure(error))
            }
        }
    }

    private mutating func begin(_ work: Work, _ kind: WorkKind) {
        running[work] = kind
        counts[kind, default: 0] += 1
    }

    private mutating func end(_ work: Work) {
        guard let kind = running.removeValue(forKey: work) else { return }
        counts[kind, default: 1] -= 1
    }

    // MARK: Ending

    mutating func take(_ news: News) {
        switch news {
        case .alarm: hasAlarm = false
        case .ended(let work, let result):
            end(work)
            switch (work, result) {
            case (.download(let path), .success(let ending)): note(path, ending)
            case (_, .success(.done)): finish(work)
            case (_, .success(.repeated(let kind))): graph.putBack(work, in: kind)
            case (_, .success(.lost)): fail(work)
            case (.download, .failure(let error)): stop(error)
            case (_, .failure(let error)): fail(work, error)
            }
        case .registered(let paths, let result):
            lastRegistration = .now
            for path in paths {
                end(.registration(path))
                held.remove(path)
            }
            switch result {
            case .success(let report): note(paths, report)
            case .failure(let error): stop(error)
            }
        case .planned(let result):
            isPlanning = false
            switch result {
            case .success(let items?): adopt(items)
            case .success(nil): cannotPlan = true
            case .failure(let error as RealisationError):
                // Nothing takes the place of what was lost.
                cannotPlan = true
                failures.append(error)
                if !scheduler.keepGoing { isStopping = true }
            case .failure(let error): stop(error)
            }
        }
    }

    private mutating func note(_ paths: [StorePath], _ report: RegistrationReport) {
        for path in paths {
            if report.valid.contains(path) {
                finish(.registration(path))
            } else if report.refused.contains(path) {
                lose(path)
            } else {
                giveUp([path])
            }
        }
    }

    private mutating func finish(_ work: Work) {
        done.insert(work)
        graph.finish(work)
    }

    private mutating func note(_ path: StorePath, _ ending: WorkEnding) {
        guard case .done = ending else { return lose(path) }
        // Otherwise something that it refers to was lost in the meantime.
        guard graph.contains(.download(path)), !lost.contains(path), !givenUp.contains(path) else {
            return crew.drop(path)
        }
        held.insert(path)
        finish(.download(path))
    }

    /// Notes a path that no cache gives.
    private mutating func lose(_ path: StorePath) {
        lost.insert(path)
        giveUp([path])
        needsPlan = true
    }

    /// Takes no longer what refers to these paths.
    private mutating func giveUp(_ paths: [StorePath]) {
        for path in paths {
            let given = graph.fail(.download(path)) + graph.fail(.registration(path))
            let others = given.compactMap { work in
                if case .registration(let path) = work { path } else { nil }
            }
            for path in [path] + others where !lost.contains(path) { drop(path) }
        }
    }

    private mutating func drop(_ path: StorePath) {
        guard givenUp.insert(path).inserted else { return }
        graph.fail(.download(path))
        graph.fail(.registration(path))
        held.remove(path)
        done.remove(.download(path))
        crew.giveUp(path)
    }

    private mutating func fail(_ work: Work, _ error: any Error) {
        // What was stopped because something else failed is not a failure of its own.
        if !(isStopping && isInterruption(error)) { failures.append(wrapped(error, work.path)) }
        fail(work)
        if !scheduler.keepGoing { isStopping = true }
    }

    private mutating func fail(_ work: Work) {
        failed.insert(work)
        graph.fail(work)
    }

    private mutating func stop(_ error: any Error) {
        if fault == nil, !(isStopping && isInterruption(error)) { fault = error }
        isStopping = true
    }

    /// Goes on with a new plan: what is done in the meantime counts, what is under way goes on.
    private mutating func adopt(_ items: [Work.Graph.Item]) {
        graph = Work.Graph(items, done: done)
        for work in running.keys { graph.begin(work) }
        for work in failed { graph.fail(work) }
        for path in held
        where !graph.contains(.registration(path)) && running[.registration(path)] == nil {
            held.remove(path)
            done.remove(.download(path))
            crew.drop(path)
        }
        givenUp = []
        // The plan was made before they were lost.
        for path in lost where graph.contains(.registration(path)) { lose(path) }
    }

    // MARK: The end

    /// - Throws: what went wrong, if anything did.
    func result() throws {
        if let fault { throw fault is CancellationError ? RealisationError.interrupted : fault }
        var failures = failures
        if scheduler.keepGoing {
            for (work, cause) in graph.abandoned {
                guard case .step(let path) = work, case .step(let dependency) = cause else {
                    continue
                }
                failures.append(.dependencyFailed(path, dependency: dependency))
            }
        }
        if failures.count == 1 { throw failures[0] }
        if !failures.isEmpty { throw RealisationError.several(failures) }
    }

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
