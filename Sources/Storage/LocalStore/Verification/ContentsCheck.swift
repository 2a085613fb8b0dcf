import Archives
import Primitives
import StoreModel

/// Reads store items and compares them with what was registered, and with what their names or the
/// derivations of fixed outputs state: a registration may be of wrong contents. Compares their metadata
/// with what every store item has.
struct ContentsCheck: Sendable {
    /// The store directory.
    let folder: StoreFolder
    /// What the contents of a path must be; see ``LocalStore/statedContents(of:)``.
    let stated: @Sendable (PathInfo) throws -> StatedContents?

    /// So many files of a path are named whose metadata are wrong.
    static let maximumFaults = 100

    /// What is wrong with each of `infos`; those that are whole are absent.
    ///
    /// Several are read at a time, the largest first so that none is left alone at the end.
    ///
    /// - Parameter workers: how many; at least 1.
    func findings(in infos: [PathInfo], workers: Int) async throws
        -> [StorePath: [VerificationFinding]]
    {
        let owner = try folder.descriptor.status().user
        let ordered = infos.sorted { $0.narSize > $1.narSize }
        typealias Found = (path: StorePath, findings: [VerificationFinding])
        return try await withThrowingTaskGroup(of: Found.self) { group in
            var rest = ordered.makeIterator()
            var findings: [StorePath: [VerificationFinding]] = [:]
            func begin() {
                guard let info = rest.next() else { return }
                group.addTask { (info.path, self.findings(in: info, owner: owner)) }
            }
            for _ in 0..<max(1, workers) { begin() }
            while let found = try await group.next() {
                if !found.findings.isEmpty { findings[found.path] = found.findings }
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

    /// What is wrong with one path: at most one finding about its contents, then those about the
    /// metadata of its files.
    private func findings(in info: PathInfo, owner: UInt32) -> [VerificationFinding] {
        let contents = finding(inContentsOf: info)
        if let contents, contents.kind != .altered { return [contents] }
        return [contents].compactMap(\.self) + findings(inMetadataOf: info.path, owner: owner)
    }

    private func findings(inMetadataOf path: StorePath, owner: UInt32) -> [VerificationFinding] {
        do {
            let faults = try metadataFaults(
                of: path.fileName(), in: folder.descriptor, owner: owner,
                limit: Self.maximumFaults + 1)
            // Who shares files puts directories right when it is done, and holds the lock until then.
            let lock = try FileName(path.baseName + ".lock")
            let isAtWork =
                try !faults.isEmpty && folder.descriptor.statusIfPresent(of: lock) != nil
            var findings = faults.prefix(Self.maximumFaults).map { fault in
                isAtWork && fault.isAtWork
                    ? VerificationFinding(
                        .leftover, path.baseName,
                        fault.sentence + ": left by a process that was killed, or is at work",
                        remedy: .optimisationOrCollection)
                    : VerificationFinding(.metadata, path.baseName, fault.sentence)
            }
            if faults.count > Self.maximumFaults {
                findings.append(.init(.metadata, path.baseName, "so have further files in it"))
            }
            return findings
        } catch {
            return isGone(path)
                ? [.gone(path)] : [.init(.unreadable, path.baseName, "\(error)")]
        }
    }

    private func finding(inContentsOf info: PathInfo) -> VerificationFinding? {
        do {
            let wanted = try stated(info)
            let (digest, size, other) = try digests(of: info.path.fileName(), wanted)
            if digest != info.narHash || size != info.narSize {
                return .init(
                    .altered, info.path.baseName,
                    "its contents changed: expected \(info.narHash.prefixedNix32), got "
                        + "\(digest.prefixedNix32)")
            }
            guard let wanted else { return nil }
            let computed = wanted.isOfNAR ? digest : other
            if computed == wanted.digest { return nil }
            return .init(
                .altered, info.path.baseName,
                "its contents are not what \(wanted.origin) states: expected "
                    + "\(wanted.digest.prefixedNix32), got "
                    + (computed?.prefixedNix32 ?? "no plain file"))
        } catch let error as LocalStoreError {
            guard case .falseAddress(_, let address) = error else {
                return .init(.unreadable, info.path.baseName, "\(error)")
            }
            return .init(
                .database, info.path.baseName,
                "its content address '\(address)' is that of another path")
        } catch {
            return isGone(info.path)
                ? .gone(info.path) : .init(.unreadable, info.path.baseName, "\(error)")
        }
    }

    /// The digest and size of the NAR, and the digest that is wanted besides; `nil` where the tree has
    /// none of that kind. One pass.
    private func digests(of name: FileName, _ wanted: StatedContents?) throws -> (
        nar: Digest, size: UInt64, wanted: Digest?
    ) {
        if let wanted, !wanted.isOfNAR {
            do {
                let fingerprint = try TreeFingerprint(
                    reading: name, in: folder.descriptor, candidates: [],
                    wanted: (wanted.method, wanted.digest.algorithm), copy: nil)
                return (fingerprint.narHash, fingerprint.narSize, fingerprint.contentDigest)
            } catch LocalStoreError.notFlat {}
        }
        var sink = DigestSink()
        try dumpTree(name, in: folder.descriptor, to: &sink)
        return (sink.digest(), sink.byteCount, nil)
    }
}

extension MetadataFault {
    /// The rest of a sentence about the item.
    fileprivate var sentence: String {
        if place.isEmpty { return "it \(reason)" }
        return "'\(place.map(\.description).joined(separator: "/"))' in it \(reason)"
    }
}
