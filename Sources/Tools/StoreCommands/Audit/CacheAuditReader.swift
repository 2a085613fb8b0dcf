import Audits
import Dispatch
import Primitives
import StoreModel
import Substitutes
import Synchronization

/// Asks a binary cache what it has of many paths, many questions at once.
struct CacheAuditReader: Sendable {
    let cache: BinaryCache
    /// When there are any, only what one of them signed counts.
    let keys: [PublicKey]

    /// How many questions are under way at once; most of the time is waiting.
    private static let workers = 16
    /// After so many paths that could not be asked for, the cache is given up.
    private static let maximumFailures = 20
    /// How many single reasons are told.
    private static let toldReasons = 3

    /// The cache as a side. What cannot be used of it is in the side's remarks.
    ///
    /// - Throws: `BinaryCacheError` when it is no cache of this store, `DownloadError` when it
    ///   cannot be reached.
    func side(_ paths: [StorePath]) async throws -> AuditSide {
        try await Self.offPool { try cache.check() }
        let shared = Shared()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(Self.workers, paths.count) {
                group.addTask {
                    try await Self.offPool {
                        try cache.askNarInfos({ shared.nextPath(of: paths) }) {
                            try note($1, shared)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var manifest = Manifest(store: cache.store)
        let findings = shared.findings.withLock { $0 }
        for info in findings.infos { manifest.entries[info.path] = ManifestEntry(info) }
        return AuditSide(
            name: cache.url.description, manifest: manifest, remarks: remarks(findings))
    }

    private func note(_ answer: Result<NarInfo?, any Error>, _ shared: Shared) throws {
        do {
            guard let narInfo = try answer.get() else { return }
            let isTrusted =
                keys.isEmpty
                || keys.signer(
                    of: narInfo.info.fingerprint(in: cache.store), narInfo.info.signatures) != nil
            shared.findings.withLock { findings in
                if isTrusted {
                    findings.infos.append(narInfo.info)
                } else {
                    findings.untrusted += 1
                }
            }
        } catch let error as BinaryCacheError {
            shared.findings.withLock { $0.faults.append("\(error)") }
        } catch let error as DownloadError {
            let count = shared.findings.withLock { findings in
                findings.faults.append("\(error)")
                findings.failures += 1
                return findings.failures
            }
            if count >= Self.maximumFailures { throw error }
        }
    }

    private func remarks(_ findings: Findings) -> [String] {
        var remarks: [String] = []
        if findings.untrusted > 0 {
            remarks.append(
                "\(findings.untrusted) paths are not signed by a trusted key, and do not count")
        }
        let faults = findings.faults.sorted()
        remarks += faults.prefix(Self.toldReasons)
        if faults.count > Self.toldReasons {
            remarks.append("\(faults.count - Self.toldReasons) more paths cannot be used")
        }
        return remarks
    }

    private struct Findings {
        var infos: [PathInfo] = []
        var untrusted = 0
        var failures = 0
        var faults: [String] = []
    }

    private final class Shared: Sendable {
        let next = Atomic(0)
        let findings = Mutex(Findings())

        func nextPath(of paths: [StorePath]) -> StorePath? {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            return index < paths.count ? paths[index] : nil
        }
    }

    /// Runs what blocks on a thread outside of the cooperative pool.
    private static func offPool(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
