import Primitives
package import StoreModel

/// What is known of a running realisation, as a value: events go in, lines come out.
package struct ProgressState: Sendable {
    /// One derivation being realised.
    package struct Running: Sendable {
        package let path: StorePath
        package let kind: BuildPlan.Kind
        package let since: Double
        package fileprivate(set) var lastLine = ""
        package fileprivate(set) var done: UInt64 = 0
        package fileprivate(set) var total: UInt64 = 0
        package fileprivate(set) var isWaiting = false
    }

    package private(set) var running: [Running] = []
    package private(set) var finished: [BuildPlan.Kind: Int] = [:]
    package private(set) var planned: [BuildPlan.Kind: Int] = [:]
    package private(set) var failures = 0
    package private(set) var fetchedBytes: UInt64 = 0
    package private(set) var fetchBytes: UInt64 = 0
    private var expected: [StorePath: Double] = [:]
    /// For each step, the seconds of the longest chain of steps that begins with it.
    private var chains: [StorePath: Double] = [:]
    private var kinds: [StorePath: BuildPlan.Kind] = [:]
    private var remaining: Set<StorePath> = []

    /// Nothing known yet.
    package init() {}

    /// Takes in an event that happened at `now` (seconds on any steady clock).
    package mutating func apply(_ event: RealisationEvent, at now: Double) {
        switch event {
        case .planned(let plan, let times):
            // A later plan has what an earlier one counted on in vain.
            for step in plan.steps.values where kinds[step.path] == nil {
                planned[step.kind, default: 0] += 1
                kinds[step.path] = step.kind
                remaining.insert(step.path)
            }
            fetchBytes.addSaturating(plan.fetchBytes)
            expected.merge(times) { $1 }
            chains.merge(Self.chains(plan, times)) { $1 }
        case .waiting(let path):
            begin(path, kinds[path] ?? .build, at: now)
            update(path) { $0.isWaiting = true }
        case .started(let path, let kind):
            begin(path, kind, at: now)
        case .repeated(let path, _, _):
            begin(path, kinds[path] ?? .build, at: now)
        case .agreed, .diffHook, .shell, .shellEnded, .remark: break
        case .substitution(let event): apply(event, at: now)
        case .log(let path, let line):
            let text = Self.printable(line)
            if !text.isEmpty { update(path) { $0.lastLine = text } }
        case .progress(let path, let done, let total):
            update(path) {
                $0.done = done
                $0.total = total
            }
        case .finished(let path, _), .alreadyValid(let path):
            close(path, failed: false)
        case .failed(let path, _):
            close(path, failed: true)
        }
    }

    /// Takes in an event of a substitution: its downloads count as fetches.
    private mutating func apply(_ event: SubstitutionEvent, at now: Double) {
        switch event {
        case .planned(let plan):
            planned[.fetch, default: 0] += plan.order.count
            for path in plan.order { kinds[path] = .fetch }
            fetchBytes.addSaturating(plan.downloadSize)
        case .remark: break
        case .waiting(let path):
            begin(path, .fetch, at: now)
            update(path) { $0.isWaiting = true }
        case .started(let path): begin(path, .fetch, at: now)
        case .progress(let path, let done, let total):
            update(path) {
                $0.done = done
                $0.total = total
            }
        case .refused: break
        case .finished(let path, _), .alreadyValid(let path): close(path, failed: false)
        case .failed(let path): close(path, failed: true)
        }
    }

    /// Seconds left, judged by how long each derivation took before on this machine: the longest chain
    /// that is left, or all that is left on so many `jobs`, whichever takes longer; `nil` when nothing
    /// that is left was built before. `isLowerBound` when some were not.
    package func timeLeft(at now: Double, jobs: Int) -> (seconds: Double, isLowerBound: Bool)? {
        var sum = 0.0
        var longest = 0.0
        var unknown = 0
        let begun = Dictionary(
            running.map { ($0.path, now - $0.since) }, uniquingKeysWith: { first, _ in first })
        for path in remaining where kinds[path] != .fetch {
            guard let seconds = expected[path] else {
                unknown += 1
                continue
            }
            let done = min(seconds, begun[path] ?? 0)
            sum += seconds - done
            longest = max(longest, chains[path, default: 0] - done)
        }
        guard sum > 0 else { return nil }
        return (max(longest, sum / Double(max(1, jobs))), unknown > 0)
    }

    private static func chains(
        _ plan: BuildPlan, _ times: [StorePath: Double]
    ) -> [StorePath: Double] {
        // From the goals back: what stands above a step is known before the step is reached.
        var chains: [StorePath: Double] = [:]
        for path in plan.order.reversed() {
            guard let step = plan.steps[path] else { continue }
            let chain = chains[path, default: 0] + (step.kind == .fetch ? 0 : times[path] ?? 0)
            chains[path] = chain
            for dependency in step.dependencies {
                chains[dependency] = max(chains[dependency, default: 0], chain)
            }
        }
        return chains
    }

    /// How long `path` took before, in seconds.
    package func expectedSeconds(_ path: StorePath) -> Double? { expected[path] }

    /// What kind of work `path` is; `nil` for what was not planned.
    package func kind(of path: StorePath) -> BuildPlan.Kind? { kinds[path] }

    /// The bytes fetched so far, of what is done and what is under way.
    package var bytesSoFar: UInt64 {
        ([fetchedBytes] + running.map { $0.kind == .fetch ? $0.done : 0 }).saturatingSum
    }

    /// A step that had waited before is put on the list once, and its time begins anew.
    private mutating func begin(_ path: StorePath, _ kind: BuildPlan.Kind, at now: Double) {
        let item = Running(path: path, kind: kind, since: now)
        if let index = running.firstIndex(where: { $0.path == path }) {
            running[index] = item
        } else {
            running.append(item)
        }
    }

    private mutating func update(_ path: StorePath, _ change: (inout Running) -> Void) {
        guard let index = running.firstIndex(where: { $0.path == path }) else { return }
        change(&running[index])
    }

    private mutating func close(_ path: StorePath, failed: Bool) {
        remaining.remove(path)
        if let index = running.firstIndex(where: { $0.path == path }) {
            let item = running.remove(at: index)
            if item.kind == .fetch {
                fetchedBytes.addSaturating(max(item.done, item.total))
            }
        }
        if failed {
            failures += 1
        } else if let kind = kinds[path] {
            finished[kind, default: 0] += 1
        }
    }

    /// A builder's line without what would move the cursor of the user's terminal or talk to it.
    package static func printable(_ line: [UInt8]) -> String {
        enum Place { case text, escape, control, string }
        var text = ""
        var place = Place.text
        for scalar in String(systemBytes: line.prefix(1000)).unicodeScalars {
            switch (place, scalar) {
            case (_, "\u{1b}"): place = .escape
            case (.escape, "["): place = .control
            // Titles, device controls and the like go on to a bell, or the end of the line.
            case (.escape, "]"), (.escape, "P"), (.escape, "X"), (.escape, "^"), (.escape, "_"):
                place = .string
            case (.escape, " "..."/"): break
            case (.escape, _), (.string, "\u{7}"), (.control, "@"..."~"): place = .text
            case (.control, _), (.string, _): break
            case (.text, "\t"): text.unicodeScalars.append(" ")
            case (.text, _):
                guard scalar.value >= 0x20, !(0x7f...0x9f).contains(scalar.value) else { break }
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
