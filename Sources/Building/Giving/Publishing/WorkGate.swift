import Synchronization

/// Lets so many pieces of work run at once, and so many wait; more are refused.
final class WorkGate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    init(width: Int, maximumWaiting: Int) {
        state = Mutex(State(free: max(1, width)))
        self.maximumWaiting = maximumWaiting
    }

    /// Whether more would be refused.
    var isFull: Bool { state.withLock { $0.free == 0 && $0.waiting.count >= maximumWaiting } }

    /// Runs `body` as soon as it may.
    ///
    /// - Throws: ``PublishingError/busy`` when too much waits already, and what `body` throws.
    func run<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws(PublishingError) {
        enum Answer { case free, wait, full }
        let answer: Answer = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return .free
            }
            return state.waiting.count < maximumWaiting ? .wait : .full
        }
        switch answer {
        case .free: return
        case .full: throw .busy
        case .wait:
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free > 0 else {
                        state.waiting.append(continuation)
                        return false
                    }
                    state.free -= 1
                    return true
                }
                if isFree { continuation.resume() }
            }
        }
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// Why a store that is published does not answer.
public enum PublishingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More is asked for than it does at once.
    case busy
    /// Another process uses the folder of packed NARs.
    case folderInUse(path: String)
    /// A listing with more names than are kept in memory.
    case tooManyNames(limit: Int)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .busy: "too much is asked for at once; try again later"
        case .folderInUse(let path):
            "another 'publish' keeps its packed archives in '\(path)'; give this one a folder of its own"
        case .tooManyNames(let limit): "it holds more than \(limit) names"
        }
    }
}
