import Archives
import Primitives
import StoreModel

/// Reads store items and compares them with what was registered.
struct ContentsCheck: Sendable {
    /// The store directory.
    let folder: StoreFolder

    /// What is wrong with each of `infos`; those that are whole are absent.
    ///
    /// Several are read at a time, the largest first so that none is left alone at the end.
    ///
    /// - Parameter workers: how many; at least 1.
    func findings(in infos: [PathInfo], workers: Int) async throws
        -> [StorePath: VerificationFinding]
    {
        let ordered = infos.sorted { $0.narSize > $1.narSize }
        typealias Found = (path: StorePath, finding: VerificationFinding?)
        return try await withThrowingTaskGroup(of: Found.self) { group in
            var rest = ordered.makeIterator()
            var findings: [StorePath: VerificationFinding] = [:]
            func begin() {
                guard let info = rest.next() else { return }
                group.addTask { (info.path, finding(in: info)) }
            }
            for _ in 0..<max(1, workers) { begin() }
            while let found = try await group.next() {
                findings[found.path] = found.finding
                try Task.checkCancellation()
                begin()
            }
            return findings
        }
    }

    private func isGone(_ path: StorePath) -> Bool {
        do { return try folder.descriptor.statusIfPresent(of: path.fileName()) == nil } catch {
            return false
        }
    }

    /// What is wrong with one path; `nil` when nothing is.
    func finding(in info: PathInfo) -> VerificationFinding? {
        do {
            var sink = DigestSink()
            try dumpTree(info.path.fileName(), in: folder.descriptor, to: &sink)
            let digest = sink.digest()
            if digest == info.narHash, sink.byteCount == info.narSize { return nil }
            return .init(
                .altered, info.path.baseName,
                "its contents changed: expected \(info.narHash.prefixedNix32), got "
                    + "\(digest.prefixedNix32)")
        } catch {
            return isGone(info.path)
                ? .gone(info.path) : .init(.unreadable, info.path.baseName, "\(error)")
        }
    }
}
