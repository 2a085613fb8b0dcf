import Archives
import Synchronization

/// A file that others are given: whole, or growing while it is made. However many read it, it is made once.
public final class PublishedFile: Sendable {
    private enum Progress {
        case growing(UInt64)
        case whole(UInt64)
        case broken(any Error)
    }

    private struct State {
        var progress: Progress
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What stands for the bytes: equal tags, equal bytes (`ETag`, without its quotes).
    public let tag: String
    private let file: OpenFile
    private let state: Mutex<State>

    /// A file that is whole.
    init(whole file: consuming OpenFile, tag: String) throws {
        let size = try file.status().size
        self.file = file
        self.tag = tag
        state = Mutex(State(progress: .whole(size)))
    }

    /// A file that is being written: see ``grow(by:)``, ``end()`` and ``fail(_:)``.
    init(growing file: consuming OpenFile, tag: String) {
        self.file = file
        self.tag = tag
        state = Mutex(State(progress: .growing(0)))
    }

    /// Its size in bytes; `nil` as long as it grows.
    public var size: UInt64? {
        state.withLock { if case .whole(let size) = $0.progress { size } else { nil } }
    }

    /// The bytes that begin at `offset`: at most `count`, none only at the end. Waits for what is still to be made.
    ///
    /// - Throws: why it was not made to its end; why it cannot be read.
    public func bytes(at offset: UInt64, count: Int) async throws -> [UInt8] {
        while true {
            guard let available = try available(from: offset) else {
                await growth(beyond: offset)
                continue
            }
            let wanted = Int(clamping: min(UInt64(count), available))
            guard wanted > 0 else { return [] }
            // Not on a thread of its own, as nginx does it: what is sent was packed a moment ago or is read by others, too,
            // and so in memory. A change of threads costs more than the copy.
            return try file.bytes(at: offset, count: wanted)
        }
    }

    /// Waits until it is whole.
    ///
    /// - Throws: why it was not made to its end.
    public func wholeness() async throws {
        while size == nil { _ = try await bytes(at: grown, count: 0) }
    }

    private var grown: UInt64 {
        state.withLock {
            switch $0.progress {
            case .growing(let size), .whole(let size): size
            case .broken: 0
            }
        }
    }

    /// How many bytes there are from `offset` on; `nil` when none are, but will be.
    private func available(from offset: UInt64) throws -> UInt64? {
        try state.withLock {
            switch $0.progress {
            case .growing(let size): return size > offset ? size - offset : nil
            case .whole(let size): return size > offset ? size - offset : 0
            case .broken(let error): throw error
            }
        }
    }

    private func growth(beyond offset: UInt64) async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock {
                guard case .growing(let size) = $0.progress, size <= offset else { return false }
                $0.waiting.append(continuation)
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    // MARK: Of who makes it

    func grow(by count: Int) {
        change { progress in
            if case .growing(let size) = progress { progress = .growing(size + UInt64(count)) }
        }
    }

    func end() {
        change { progress in if case .growing(let size) = progress { progress = .whole(size) } }
    }

    func fail(_ error: any Error) { change { $0 = .broken(error) } }

    private func change(_ body: (inout Progress) -> Void) {
        let waiting = state.withLock { state in
            body(&state.progress)
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
