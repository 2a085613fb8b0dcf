import Synchronization

/// Handles of libcurl that were used before: their connections stay open for the next question, from
/// whatever thread.
final class ConnectionPool: Sendable {
    /// One handle, used by one thread at a time.
    private final class Slot: Sendable {
        let handle: Mutex<CurlHandle>
        init() throws(DownloadError) { handle = Mutex(try CurlHandle()) }
    }

    private let free = Mutex<[Slot]>([])

    /// Runs `body` with a handle that nobody else uses meanwhile.
    func withHandle<Value: Sendable>(
        _ body: (borrowing CurlHandle) throws -> Value
    ) throws -> Value {
        let slot = try free.withLock { $0.popLast() } ?? Slot()
        defer { free.withLock { $0.append(slot) } }
        return try slot.handle.withLock { try body($0) }
    }
}
