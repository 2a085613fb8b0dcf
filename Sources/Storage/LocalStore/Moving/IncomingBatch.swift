import Archives
import Primitives
import StoreDatabase
import StoreModel

/// Items that came from elsewhere and lie in a private directory, until enough of them are there
/// to be made valid together.
struct IncomingBatch: ~Copyable {
    private let store: LocalStore
    /// Where trees are made, by any name.
    let scratch: ScratchDirectory
    private var items: [PreparedOutput] = []
    private var derivations: [StorePath: Derivation] = [:]
    private var size: UInt64 = 0
    private let onValid: (StorePath) throws -> Void

    /// So many items, or bytes, are made valid together.
    private static let maximumCount = 256
    private static let maximumSize: UInt64 = 268_435_456

    init(_ store: LocalStore, onValid: @escaping (StorePath) throws -> Void) throws {
        self.store = store
        self.onValid = onValid
        try store.removeLeftovers()
        scratch = try store.makeScratch()
    }

    /// Takes the canonical tree `name` in ``scratch``.
    ///
    /// A derivation must be what its path says, and claim only its own outputs
    /// (`docs/formats/derivation.md`).
    mutating func add(_ info: PathInfo, _ name: FileName) throws {
        try store.addTemporaryRoots([info.path])
        var info = info
        info.registrationTime = LocalStore.now
        var digest: Digest?
        if info.path.isDerivation {
            digest = try checkDerivation(&info, name)
        } else if info.contentAddress == nil {
            digest = try findProof(&info, name)
        }
        items.append(
            PreparedOutput(
                info: info, contentDigest: digest,
                folder: StoreFolder(try scratch.descriptor.reopened()), name: name,
                scratch: scratch))
        size.addSaturating(info.narSize)
        if items.count >= Self.maximumCount || size >= Self.maximumSize { try flush() }
    }

    /// Makes everything valid that was taken.
    mutating func flush() throws {
        let paths = items.map(\.info.path)
        let locks = try store.lockBlocking(paths)
        try store.commit(items, derivations)
        withExtendedLifetime(locks) {}
        for path in paths { try onValid(path) }
        // What was valid before was not moved into place.
        for item in items { try removeTree(item.name, in: scratch.descriptor) }
        items = []
        derivations = [:]
        size = 0
    }

    private mutating func checkDerivation(_ info: inout PathInfo, _ name: FileName) throws
        -> Digest
    {
        let derivation = try store.derivation(
            at: name, in: scratch.descriptor, as: info.path)
        info.references = derivation.references
        derivations[info.path] = try store.claims(of: derivation, at: info.path)
        let digest = Digest.hash(try derivation.file(in: store.storeDirectory).text)
        info.contentAddress = "text:" + digest.prefixedNix32
        return digest
    }

    /// Fills in the content address when the path's name proves the contents: of a source, a text or a
    /// file with a flat hash, each SHA-256.
    ///
    /// - Returns: the digest that it states.
    private func findProof(_ info: inout PathInfo, _ name: FileName) throws -> Digest? {
        var candidates = [("fixed:r:", info.narHash)]
        let status = try scratch.descriptor.status(of: name)
        if case .regular = status.kind, !status.isExecutable {
            let file = try scratch.descriptor.openFile(name)
            var context = HashingContext(.sha256)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = try file.read(into: &buffer, count: buffer.count)
                if count == 0 { break }
                context.update(buffer.span.extracting(0..<count))
            }
            let digest = context.finish()
            candidates += [("text:", digest), ("fixed:", digest)]
        }
        for (kind, digest) in candidates {
            var proven = info
            proven.contentAddress = kind + digest.prefixedNix32
            guard proven.provingDigest(in: store.storeDirectory) != nil else { continue }
            info = proven
            return digest
        }
        return nil
    }
}
