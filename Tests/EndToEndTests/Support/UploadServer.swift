import Foundation
import Synchronization
import TestSupport

/// A server that keeps what is put there, in memory.
final class UploadServer: Sendable {
    private final class Files: Sendable {
        let byPath = Mutex<[String: [UInt8]]>([:])
    }

    private let kept = Files()
    let server: LoopbackServer

    /// - Parameter change: may answer in its own way; then nothing is kept.
    init(
        _ change: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response? = { _ in
            nil
        }
    ) throws {
        let kept = kept
        server = try LoopbackServer { request in
            if let response = change(request) { return response }
            if request.method == "PUT" {
                kept.byPath.withLock { $0[request.path] = request.body }
                return .init(201)
            }
            let body = kept.byPath.withLock { $0[request.path] }
            return body.map { .init(200, body: $0) } ?? .init(404)
        }
    }

    /// What is there, by path.
    var files: [String: [UInt8]] { kept.byPath.withLock { $0 } }

    /// The paths that were put, in their order.
    var puts: [String] { server.requests.filter { $0.method == "PUT" }.map(\.path) }
}
