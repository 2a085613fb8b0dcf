import Foundation
import Primitives
import Substitutes
import TestSupport

/// A directory of its own, removed afterwards, and requests that write into it.
final class DownloadFixture {
    let directory: String
    /// 300 000 bytes that are not the same anywhere.
    let body: [UInt8] = DownloadFixture.bytes(300_000)

    /// Whether the places count as named by the user, as servers on this machine must be.
    var isNamed = true

    init() throws {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("nodeos-downloads-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        directory = place.path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func bytes(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    var digest: Digest { .hash(body) }
    var destination: String { directory + "/file" }
    var partial: String { destination + ".partial" }

    /// Short pauses, so that tests of repetition do not wait.
    var policy: DownloadPolicy {
        var policy = DownloadPolicy()
        policy.initialBackoff = 1
        policy.maximumBackoff = 2
        policy.connectTimeout = 5
        policy.stallTimeout = 1
        policy.maximumTries = 3
        return policy
    }

    func request(_ urls: [String], digest: Digest? = nil, size: UInt64? = nil) throws
        -> DownloadRequest
    {
        DownloadRequest(
            name: "file",
            sources: try urls.map {
                DownloadSource(
                    try DownloadURL(parsing: $0), proxy: .direct, isNamed: isNamed)
            },
            destination: destination, expectedDigest: digest ?? self.digest, expectedSize: size)
    }

    func download(_ urls: [String], digest: Digest? = nil, size: UInt64? = nil) throws
        -> DownloadResult
    {
        try Downloader(policy: policy).download(request(urls, digest: digest, size: size))
    }

    /// The reasons of a download that fails as a whole.
    func failures(_ urls: [String], digest: Digest? = nil, size: UInt64? = nil) throws
        -> [DownloadAttempt]
    {
        let request = try request(urls, digest: digest, size: size)
        do throws(DownloadError) {
            _ = try Downloader(policy: policy).download(request)
            return []
        } catch .allSourcesFailed(_, let attempts) {
            return attempts
        }
    }

    func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    var hasDestination: Bool { FileManager.default.fileExists(atPath: destination) }
    var hasPartial: Bool { FileManager.default.fileExists(atPath: partial) }
}
