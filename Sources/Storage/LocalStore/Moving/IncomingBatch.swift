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
    private var outputs: [StorePath: [String: StorePath]] = [:]
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
    /// A derivation must be what its path says, and claim only its own outputs (S7).
    mutating func add(_ info: PathInfo, _ name: FileName) throws {
        try store.addTemporaryRoots([info.path])
        var info = info
        info.registrationTime = LocalStore.now
        if info.path.isDerivation {
            outputs[info.path] = try checkDerivation(&info, name)
        } else if info.contentAddress == nil, info.references.isEmpty,
            let path = try? store.storeDirectory.sourcePath(
                name: info.path.name, narHash: info.narHash, references: []), path == info.path
        {
            // The path proves the contents.
            info.contentAddress = "fixed:r:\(info.narHash.prefixedNix32)"
        }
        items.append(
            PreparedOutput(
                info: info, contentDigest: nil,
                folder: StoreFolder(try scratch.descriptor.reopened()), name: name,
                scratch: scratch))
        size.addSaturating(info.narSize)
        if items.count >= Self.maximumCount || size >= Self.maximumSize { try flush() }
    }

    /// Makes everything valid that was taken.
    mutating func flush() throws {
        let paths = items.map(\.info.path)
        let locks = try store.lockBlocking(paths)
        try store.commit(items, outputs)
        withExtendedLifetime(locks) {}
        for path in paths { try onValid(path) }
        // What was valid before was not moved into place.
        for item in items { try removeTree(item.name, in: scratch.descriptor) }
        items = []
        outputs = [:]
        size = 0
    }

    private func checkDerivation(_ info: inout PathInfo, _ name: FileName) throws
        -> [String: StorePath]
    {
        let derivation = try store.derivation(
            at: name, in: scratch.descriptor, as: info.path)
        info.references = derivation.references
        return try store.claims(of: derivation, at: info.path)
    }
}
