package import Audits
package import Primitives
package import StoreModel
package import Substitutes
import Synchronization
import SystemSupport

/// A binary cache that is asked what it has of many paths, many questions at once.
package struct CacheWitness: Sendable {
    /// Asks for one path after the other: a function that gives the next one, and one that gets each
    /// answer. What the second throws ends the questions.
    package typealias Ask =
        @Sendable (
            _ next: () -> StorePath?,
            _ answer: (StorePath, Result<NarInfo?, any Error>) throws -> Void
        ) throws -> Void

    private let name: String
    private let store: StoreDirectory
    private let check: @Sendable () throws -> Void
    private let ask: Ask

    /// How many questions are under way at once; most of the time is waiting.
    private static let workers = 16
    /// After so many paths that could not be asked for, the cache is given up.
    private static let maximumFailures = 20
    /// How many single reasons are told.
    private static let toldReasons = 3

    /// The cache as a witness.
    package init(_ cache: BinaryCache) {
        self.init(
            cache.url.description, store: cache.store, check: { try cache.check() },
            ask: { try cache.askNarInfos($0, $1) })
    }

    /// A witness that answers by functions, which may block.
    ///
    /// - Parameter check: throws when it cannot be asked for paths of `store`.
    package init(
        _ name: String, store: StoreDirectory, check: @escaping @Sendable () throws -> Void = {},
        ask: @escaping Ask
    ) {
        self.name = name
        self.store = store
        self.check = check
        self.ask = ask
    }

    /// What it says of `paths`. What cannot be used of it is in the side's remarks.
    ///
    /// - Parameter keys: when there are any, only what one of them signed counts.
    /// - Throws: `BinaryCacheError` when it is no cache of this store, `DownloadError` when it
    ///   cannot be reached.
    package func side(_ paths: [StorePath], trusting keys: [PublicKey]) async throws -> AuditSide {
        try await Blocking.run { try check() }
        let shared = Shared()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(Self.workers, paths.count) {
                group.addTask {
                    try await Blocking.run {
                        try ask({ shared.nextPath(of: paths) }) { _, answer in
                            try note(answer, trusting: keys, shared)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var manifest = Manifest(store: store)
        let findings = shared.findings.withLock { $0 }
        for info in findings.infos { manifest.entries[info.path] = ManifestEntry(info) }
        return AuditSide(name: name, manifest: manifest, remarks: Self.remarks(findings))
    }

    private func note(
        _ answer: Result<NarInfo?, any Error>, trusting keys: [PublicKey], _ shared: Shared
    ) throws {
        do {
            guard let info = try answer.get()?.info else { return }
            let isTrusted =
                keys.isEmpty
                || keys.signer(of: info.fingerprint(in: store), info.signatures) != nil
            shared.findings.withLock { findings in
                if isTrusted { findings.infos.append(info) } else { findings.untrusted += 1 }
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

    private static func remarks(_ findings: Findings) -> [String] {
        var remarks: [String] = []
        if findings.untrusted > 0 {
            remarks.append(
                "\(findings.untrusted) paths are not signed by a trusted key, and do not count")
        }
        let faults = findings.faults.sorted()
        remarks += faults.prefix(toldReasons)
        if faults.count > toldReasons {
            remarks.append("\(faults.count - toldReasons) more paths cannot be used")
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
}
