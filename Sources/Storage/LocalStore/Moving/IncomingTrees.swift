package import Archives
package import Primitives
package import StoreModel

/// A private directory where trees from elsewhere are made, one by one and by several threads, before
/// they are made valid with ``LocalStore/commit(_:)``. It goes, with all that was not, when the value
/// goes.
package final class IncomingTrees: Sendable {
    private let store: LocalStore
    private let scratch: ScratchDirectory
    private let folder: StoreFolder

    /// Where it is; files may be put there under names that are no base names of store paths.
    package var directory: String { scratch.path }

    /// An empty directory in `store`; what dead processes left is removed.
    package init(_ store: LocalStore) throws {
        self.store = store
        try store.requireWritable()
        try store.removeLeftovers()
        scratch = try store.makeScratch()
        folder = StoreFolder(try scratch.descriptor.reopened())
    }

    /// How many bytes the file system has room for.
    package func availableSpace() throws -> UInt64 { try store.availableSpace() }

    /// Has the tree of a path made, and looks at what is not known of it yet.
    ///
    /// - Parameters:
    ///   - info: what will be registered; `make` answers for its hash and size.
    ///   - proof: a digest that the contents must have; else what this store knows of a fixed output.
    ///   - make: makes the tree under this name in this directory, with canonical metadata, or throws.
    /// - Throws: what `make` throws; ``LocalStoreError/wrongContent(_:stated:computed:)`` when the
    ///   digest is another one; ``LocalStoreError/badDerivation(_:reason:)`` for the path of a derivation
    ///   that this is not. Then nothing of the tree is left.
    package func prepare(
        _ info: PathInfo, proof: (method: ContentAddressMethod, digest: Digest)?,
        making make: (FileName, borrowing DirectoryDescriptor) throws -> Void
    ) throws -> PreparedOutput {
        let name = try info.path.fileName()
        var info = info
        var digest: Digest?
        do {
            try make(name, folder.descriptor)
            let stated =
                try proof.map { StatedContents(method: $0.method, digest: $0.digest) }
                ?? store.statedContents(of: info)
            if let stated { digest = try check(info, stated, name) }
            if info.path.isDerivation {
                let text = try textDigest(of: info, name)
                digest = text
                info.contentAddress = "text:" + text.prefixedNix32
            }
        } catch {
            // Why there is no tree matters more; the scratch directory goes in the end.
            try? removeTree(name, in: folder.descriptor)
            throw error
        }
        info.registrationTime = LocalStore.now
        info.isUltimate = false
        return PreparedOutput(
            info: info, contentDigest: digest, folder: folder, name: name, scratch: scratch)
    }

    /// Removes everything now.
    package func discard() { scratch.discard() }

    /// The digest of a derivation, whose text proves itself.
    private func textDigest(of info: PathInfo, _ name: FileName) throws -> Digest {
        do {
            let derivation = try store.derivation(
                at: name, in: folder.descriptor, as: info.path)
            guard derivation.references == info.references else {
                throw LocalStoreError.badDerivation(
                    info.path, reason: "it is not built from what is said of it")
            }
            return Digest.hash(try derivation.file(in: store.storeDirectory).text)
        } catch let error as DerivationError {
            throw LocalStoreError.badDerivation(info.path, reason: "\(error)")
        }
    }

    private func check(_ info: PathInfo, _ stated: StatedContents, _ name: FileName) throws
        -> Digest
    {
        let digest =
            stated.isOfNAR
            ? info.narHash : try LocalStore.digest(of: name, in: folder.descriptor, for: stated)
        guard digest == stated.digest else {
            throw LocalStoreError.wrongContent(
                info.path, stated: stated.digest.prefixedNix32,
                computed: digest?.prefixedNix32 ?? "no plain file")
        }
        return stated.digest
    }
}
