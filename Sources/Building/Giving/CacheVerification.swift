import Archives
package import Primitives
package import StoreModel
import SystemSupport

/// Something in a cache directory that is not as it should be.
package struct CacheFinding: Sendable, Hashable {
    /// What kind of thing.
    package enum Kind: String, Sendable {
        /// A narinfo that cannot be understood.
        case malformed
        /// A narinfo whose NAR is not there.
        case missing
        /// A NAR that is not what its narinfo says.
        case altered
        /// A path that refers to one which the cache has not.
        case incomplete
        /// None of the keys signed it.
        case unsigned
        /// What killed processes left.
        case leftover
    }

    /// What kind of thing.
    package let kind: Kind
    /// The path or file.
    package let name: String
    /// Why, as the rest of a sentence.
    package let reason: String

    /// Whether readers are harmed by it.
    package var isDamage: Bool { kind != .leftover }
}

extension CacheDirectory {
    /// Looks for damage: narinfos, NARs, closures, signatures.
    ///
    /// - Parameters:
    ///   - keys: one of them must have signed each path that does not prove itself; none asks for none.
    ///   - readsNARs: whether NARs are read and compared with their hashes.
    /// - Returns: how many paths there are, and what was found.
    /// - Throws: when something cannot be read, and `CancellationError`.
    package func verify(
        for store: StoreDirectory, trusting keys: [PublicKey], readsNARs: Bool, workers: Int
    ) async throws -> (count: Int, findings: [CacheFinding]) {
        let inventory = try await Blocking.run { [self] in
            try CacheInventory(of: self, for: store)
        }
        var findings = inventory.malformed.map {
            CacheFinding(kind: .malformed, name: $0.name, reason: $0.reason)
        }
        let entries = inventory.entries.values.sorted {
            $0.narInfo.info.path < $1.narInfo.info.path
        }
        for entry in entries {
            let info = entry.narInfo.info
            func add(_ kind: CacheFinding.Kind, _ reason: String) {
                findings.append(
                    CacheFinding(kind: kind, name: store.path(of: info.path), reason: reason))
            }
            for reference in info.references.sorted() where inventory.entries[reference] == nil {
                add(.incomplete, "it refers to '\(reference)', which the cache has not")
            }
            if !keys.isEmpty, info.provingDigest(in: store) == nil, !info.path.isDerivation,
                keys.signer(of: info.fingerprint(in: store), info.signatures) == nil
            {
                add(.unsigned, "none of the keys signed it")
            }
            if entry.narFileSize == nil {
                add(.missing, "its NAR '\(entry.narInfo.url)' is not there")
            }
        }
        let whole = entries.filter { entry in
            guard let size = entry.narFileSize else { return false }
            guard let stated = entry.narInfo.fileSize, stated != size else { return true }
            findings.append(
                CacheFinding(
                    kind: .altered, name: store.path(of: entry.narInfo.info.path),
                    reason: "its file has \(size) bytes, and the narinfo states \(stated)"))
            return false
        }
        if readsNARs { findings += try await altered(whole, store, workers) }
        findings += inventory.orphans.map {
            CacheFinding(kind: .leftover, name: $0.name, reason: "no narinfo names it")
        }
        return (entries.count, findings)
    }

    private func altered(
        _ entries: [CacheInventory.Entry], _ store: StoreDirectory, _ workers: Int
    ) async throws -> [CacheFinding] {
        try await withThrowingTaskGroup(of: CacheFinding?.self) { group in
            var rest = entries[...]
            var findings: [CacheFinding] = []
            for _ in 0..<workers { addCheck(of: rest.popFirst(), to: &group, store) }
            while let finding = try await group.next() {
                if let finding { findings.append(finding) }
                addCheck(of: rest.popFirst(), to: &group, store)
            }
            return findings.sorted { $0.name < $1.name }
        }
    }

    private func addCheck(
        of entry: CacheInventory.Entry?,
        to group: inout ThrowingTaskGroup<CacheFinding?, any Error>,
        _ store: StoreDirectory
    ) {
        guard let entry else { return }
        group.addTask { [self] in
            try await Blocking.runAbandonably { [self] _ in
                guard let reason = try fault(inNARof: entry.narInfo) else { return nil }
                return CacheFinding(
                    kind: .altered, name: store.path(of: entry.narInfo.info.path), reason: reason)
            }
        }
    }

    /// What is wrong with a NAR; `nil` when it is what `narInfo` says.
    private func fault(inNARof narInfo: NarInfo) throws -> String? {
        let info = narInfo.info
        let file = ReadFile()
        let nar = ReadFile()
        do {
            let isOpen: Void? = try withFolder(of: narInfo.url) { folder, name in
                let source = WatchedSource(FileSource(try folder.openUnnoticed(name)), file)
                if narInfo.compression == "none" || narInfo.compression.isEmpty {
                    try Self.readNAR(source, nar, limit: info.narSize)
                } else {
                    try Self.readNAR(
                        DecompressingSource(source, name: narInfo.url), nar, limit: info.narSize)
                }
            }
            guard isOpen != nil else { return "its NAR '\(narInfo.url)' is not there any more" }
        } catch let error as ArchivesError {
            if case .system(_, _, let code) = error, code != 0 { throw error }
            return "its NAR cannot be read: \(error)"
        }
        if nar.digest != info.narHash {
            return "its NAR has the hash \(nar.digest.prefixedNix32), and the narinfo states "
                + info.narHash.prefixedNix32
        }
        if nar.count != info.narSize {
            return "its NAR has \(nar.count) bytes, and the narinfo states \(info.narSize)"
        }
        if let digest = narInfo.fileHash, digest.algorithm == .sha256, digest != file.digest {
            return "its file has the hash \(file.digest.prefixedNix32), and the narinfo states "
                + digest.prefixedNix32
        }
        return nil
    }

    private static func readNAR<Source: ByteSource & ~Copyable>(
        _ source: consuming Source, _ seen: ReadFile, limit: UInt64
    ) throws {
        var reader = NARReader(WatchedSource(source, seen, limit: limit))
        try reader.expectEnd()
    }
}

/// What was read of a file.
private final class ReadFile {
    private var sink = DigestSink()
    var digest: Digest { sink.digest() }
    var count: UInt64 { sink.byteCount }

    func note(_ bytes: Span<UInt8>) { sink.write(bytes) }
}

/// Hashes and counts what is read of another source.
private struct WatchedSource<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    private var source: Source
    private let seen: ReadFile
    private let limit: UInt64

    init(_ source: consuming Source, _ seen: ReadFile, limit: UInt64 = .max) {
        self.source = source
        self.seen = seen
        self.limit = limit
    }

    mutating func read(into buffer: inout [UInt8]) throws -> Int {
        let count = try source.read(into: &buffer)
        seen.note(buffer.span.extracting(0..<count))
        guard seen.count <= limit else {
            throw ArchivesError.malformedNAR(
                offset: limit, reason: "it has more than the \(limit) bytes that its narinfo states"
            )
        }
        return count
    }
}
