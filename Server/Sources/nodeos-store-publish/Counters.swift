import Synchronization

/// What the server did since it began, as Prometheus reads it.
final class Counters: Sendable {
    private struct State {
        var requests: [Key: Int] = [:]
        var bytes: UInt64 = 0
        var transfers = 0
    }

    private struct Key: Hashable {
        let kind: String
        let status: Int
    }

    private let state = Mutex(State())

    func count(_ kind: String, status: Int) {
        state.withLock { $0.requests[Key(kind: kind, status: status), default: 0] += 1 }
    }

    func beginTransfer() { state.withLock { $0.transfers += 1 } }
    func endTransfer() { state.withLock { $0.transfers -= 1 } }
    func sent(_ count: Int) { state.withLock { $0.bytes += UInt64(count) } }

    /// How many files are being sent.
    var transfers: Int { state.withLock { $0.transfers } }

    /// The text of `/metrics`.
    func text(packed: (count: Int, size: UInt64)) -> String {
        let state = state.withLock { ($0.requests, $0.bytes, $0.transfers) }
        var lines = [
            "# HELP nodeos_publish_requests_total Requests answered, by what was asked for and the status.",
            "# TYPE nodeos_publish_requests_total counter",
        ]
        lines += state.0.sorted { ($0.key.kind, $0.key.status) < ($1.key.kind, $1.key.status) }
            .map {
                "nodeos_publish_requests_total{kind=\"\($0.key.kind)\",status=\"\($0.key.status)\"} \($0.value)"
            }
        lines += [
            "# HELP nodeos_publish_sent_bytes_total Bytes of files that were sent.",
            "# TYPE nodeos_publish_sent_bytes_total counter",
            "nodeos_publish_sent_bytes_total \(state.1)",
            "# HELP nodeos_publish_transfers Files that are being sent.",
            "# TYPE nodeos_publish_transfers gauge", "nodeos_publish_transfers \(state.2)",
            "# HELP nodeos_publish_packed_files Packed NARs that are kept.",
            "# TYPE nodeos_publish_packed_files gauge",
            "nodeos_publish_packed_files \(packed.count)",
            "# HELP nodeos_publish_packed_bytes Bytes of packed NARs that are kept.",
            "# TYPE nodeos_publish_packed_bytes gauge",
            "nodeos_publish_packed_bytes \(packed.size)",
        ]
        return lines.map { $0 + "\n" }.joined()
    }
}
