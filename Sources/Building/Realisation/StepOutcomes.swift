import StoreModel
import Synchronization

/// What became of the steps of a plan, so that a second plan for the same goals repeats none.
final class StepOutcomes: Sendable {
    private struct State {
        var done: Set<StorePath> = []
        var failed: [StorePath: RealisationError] = [:]
        var different: [RealisationError] = []
    }

    private let state = Mutex(State())

    /// Builds that were only compared and differ; what needs them could go on.
    var different: [RealisationError] { state.withLock { $0.different } }

    /// Whether the step was run before.
    ///
    /// - Throws: why it failed.
    func isDone(_ path: StorePath) throws(RealisationError) -> Bool {
        let (isDone, failure) = state.withLock { ($0.done.contains(path), $0.failed[path]) }
        if let failure { throw failure }
        return isDone
    }

    func noteDone(_ path: StorePath) { state.withLock { _ = $0.done.insert(path) } }

    func note(_ failure: RealisationError, of path: StorePath) {
        state.withLock { $0.failed[path] = failure }
    }

    func noteDifferent(_ path: StorePath, _ failure: RealisationError) {
        state.withLock { state in
            state.done.insert(path)
            state.different.append(failure)
        }
    }
}
