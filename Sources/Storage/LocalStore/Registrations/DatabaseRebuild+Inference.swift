import Archives
import Glibc
import Primitives
import StoreModel

extension DatabaseRebuild {
    /// Finds out what items are that have no registration.
    struct Inference {
        private let rebuild: DatabaseRebuild
        private let byHashPart: [String: StorePath]
        /// The sound derivations, read from the store.
        private var derivations: [StorePath: Derivation] = [:]
        /// The derivations whose texts are those of their names, sound or not.
        private(set) var named: Set<StorePath> = []
        /// A derivation for each output.
        private var derivers: [StorePath: StorePath] = [:]

        init(_ rebuild: DatabaseRebuild, items: [StorePath]) {
            self.rebuild = rebuild
            byHashPart = Dictionary(items.map { ($0.hashPart, $0) }) { first, _ in first }
        }

        private var store: StoreDirectory { rebuild.layout.storeDirectory }

        /// Reads every `.drv` that is what its path says; one that is not, or whose inputs are not
        /// there, has nothing to say of others (`docs/formats/derivation.md`).
        mutating func readDerivations() throws {
            var found: [StorePath: Derivation] = [:]
            for path in byHashPart.values where path.isDerivation {
                let name = try path.fileName()
                // A folder, a link or something that is no derivation says nothing of others.
                guard case .regular = try rebuild.folder.descriptor.status(of: name).kind,
                    let text = try text(of: name),
                    let derivation = try? Derivation(
                        parsing: text, name: String(path.name.dropLast(4)), in: store),
                    try derivation.file(in: store).path == path
                else { continue }
                found[path] = derivation
            }
            named = Set(found.keys)
            var graph = DirectedGraph<StorePath>()
            for (path, derivation) in found {
                graph.insert(path)
                for input in derivation.inputDerivations.keys where found[input] != nil {
                    graph.insert(edge: path, to: input)
                }
            }
            var hashes: [StorePath: QuotientHash] = [:]
            for path in try graph.topologicalOrder() {
                // One that claims what is not its own says nothing of others.
                guard let derivation = found[path],
                    (try? derivation.checkInvariants(inputHashes: hashes, in: store)) != nil
                else { continue }
                hashes[path] = try derivation.quotientHash(inputHashes: hashes, in: store)
                derivations[path] = derivation
                for output in derivation.outputs.values.compactMap(\.path) {
                    derivers[output] = min(derivers[output] ?? path, path)
                }
            }
        }

        /// The bytes of a file; `nil` when the disk has lost them. That one is told of as lost, and the
        /// others are not lost with it.
        private func text(of name: FileName) throws -> [UInt8]? {
            do {
                return try rebuild.folder.descriptor.readFile(name)
            } catch ArchivesError
                .system(_, _, EIO)
            { return nil }
        }

        /// What each sound derivation refers to, as its text says.
        var references: [StorePath: Set<StorePath>] { derivations.mapValues(\.references) }

        /// What the contents of a path must be; see ``LocalStore/statedContents(of:)``.
        func statedContents(of info: PathInfo) throws -> StatedContents? {
            if info.path.isDerivation { return nil }
            if let address = info.contentAddress, info.hasFalseContentAddress(in: store) {
                throw LocalStoreError.falseAddress(info.path, address: address)
            }
            if let proof = info.provingDigest(in: store) {
                return StatedContents(method: proof.method, digest: proof.digest)
            }
            guard let deriver = derivers[info.path],
                let (output, contents) = derivations[deriver]?.statedOutput(at: deriver),
                output == info.path
            else { return nil }
            return contents
        }

        /// The outputs of a sound derivation; none for anything else.
        func outputs(of path: StorePath) -> [String: StorePath]? {
            derivations[path]?.outputs.compactMapValues(\.path)
        }

        /// What `path` is, as it lies in the store now.
        ///
        /// - Returns: also whether the path proves contents and references.
        func info(of path: StorePath) throws -> (info: PathInfo, isProven: Bool) {
            let name = try path.fileName()
            let status = try rebuild.folder.descriptor.status(of: name)
            let deriver = derivers[path]
            let fixed = deriver.flatMap { derivations[$0]?.fixedOutput }
            var isFlat = false
            if case .regular = status.kind, !status.isExecutable { isFlat = true }
            // A text has the digest of a flat file.
            let wanted: TreeFingerprint.Wanted =
                fixed.map { ($0.method, $0.digest.algorithm) }
                ?? (isFlat ? (.flat, .sha256) : (.recursive, .sha256))
            let fingerprint = try TreeFingerprint(
                reading: name, in: rebuild.folder.descriptor, candidates: Array(byHashPart.keys),
                wanted: wanted, copy: nil)
            var info = PathInfo(
                path: path, narHash: fingerprint.narHash, narSize: fingerprint.narSize,
                references: Set(fingerprint.hashParts.compactMap { byHashPart[$0] }),
                deriver: deriver, registrationTime: LocalStore.now)
            guard let digest = fingerprint.contentDigest else { return (info, false) }
            if let fixed {
                guard fixed.digest == digest else {
                    throw LocalStoreError.wrongContent(
                        path, stated: fixed.digest.prefixedNix32, computed: digest.prefixedNix32)
                }
                info.references = []
                info.contentAddress = "fixed:\(fixed.method.rawValue)\(digest.prefixedNix32)"
            } else if let derivation = derivations[path] {
                info.references = derivation.references
                info.contentAddress = "text:\(digest.prefixedNix32)"
            } else if let proof = try proof(of: info, isFlat ? digest : nil) {
                (info.references, info.contentAddress) = proof
            } else {
                return (info, false)
            }
            return (info, true)
        }

        /// The content address and references from which the path follows.
        ///
        /// - Parameter flat: the SHA-256 digest of a plain file.
        private func proof(of info: PathInfo, _ flat: Digest?) throws -> (Set<StorePath>, String)? {
            let others = info.references.subtracting([info.path])
            for references in [others, []] {
                let name = info.path.name
                if try store.sourcePath(name: name, narHash: info.narHash, references: references)
                    == info.path
                {
                    return (references, "fixed:r:\(info.narHash.prefixedNix32)")
                }
                guard let flat else { continue }
                if try store.textPath(name: name, contents: flat, references: references)
                    == info.path
                {
                    return (references, "text:\(flat.prefixedNix32)")
                }
            }
            if let flat,
                try store.fixedOutputPath(name: info.path.name, method: .flat, digest: flat)
                    == info.path
            {
                return ([], "fixed:\(flat.prefixedNix32)")
            }
            return nil
        }
    }
}
