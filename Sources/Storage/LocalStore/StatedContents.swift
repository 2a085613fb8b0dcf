import Archives
import Primitives
import StoreDatabase
import StoreModel

/// What the contents of a store path must be, whoever brings them.
struct StatedContents: Hashable, Sendable {
    /// How the digest is made.
    let method: ContentAddressMethod
    let digest: Digest
    /// The derivation of a fixed output that says so; `nil` when the path's own name does.
    var derivation: StorePath?

    /// Who says so, for a sentence.
    var origin: String { derivation.map { "the derivation '\($0)'" } ?? "its name" }

    /// Whether the digest of the NAR that is registered is the one that is stated.
    var isOfNAR: Bool { method == .recursive && digest.algorithm == .sha256 }
}

extension Derivation {
    /// What this derivation, at `path`, states of its output, when that is a fixed one.
    func statedOutput(at path: StorePath) -> (output: StorePath, contents: StatedContents)? {
        fixedOutput.map {
            ($0.path, StatedContents(method: $0.method, digest: $0.digest, derivation: path))
        }
    }
}

extension LocalStore {
    /// What the contents of a path must be: as a valid derivation has it of its fixed output, or as the
    /// path's name proves.
    ///
    /// - Returns: `nil` when nothing says so, as of outputs that are named by their derivation; also of
    ///   derivations, whose texts are judged where they are read.
    /// - Throws: ``LocalStoreError/falseAddress(_:address:)``, or why a derivation cannot be read.
    func statedContents(of info: PathInfo) throws -> StatedContents? {
        if info.path.isDerivation { return nil }
        if let address = info.contentAddress, info.hasFalseContentAddress(in: storeDirectory) {
            throw LocalStoreError.falseAddress(info.path, address: address)
        }
        if let proof = info.provingDigest(in: storeDirectory) {
            return StatedContents(method: proof.method, digest: proof.digest)
        }
        for path in try database.validDerivers(of: info.path) {
            // Not remembered: of a large import there may be many.
            let derivation = try derivations.read(path).derivation
            if let (output, contents) = derivation.statedOutput(at: path), output == info.path {
                return contents
            }
        }
        return nil
    }

    /// Refuses prepared trees whose contents are not what is stated of them: the one place that all
    /// that becomes valid goes through. Refuses also derivations of fixed outputs that are valid here
    /// already, with other contents.
    ///
    /// - Parameter new: those of `outputs` that are derivations.
    /// - Throws: ``LocalStoreError/wrongContent(_:stated:computed:)``,
    ///   ``LocalStoreError/falseAddress(_:address:)``, ``LocalStoreError/falselyValid(_:derivation:)``.
    func checkContents(of outputs: [PreparedOutput], with new: [StorePath: Derivation]) throws {
        var stated: [StorePath: StatedContents] = [:]
        for (path, derivation) in new {
            if let (output, contents) = derivation.statedOutput(at: path) {
                stated[output] = contents
            }
        }
        for output in outputs {
            let path = output.info.path
            let known = try statedContents(of: output.info)
            guard let contents = stated.removeValue(forKey: path) ?? known else { continue }
            let digest = try output.digest(for: contents)
            guard digest == contents.digest else {
                throw LocalStoreError.wrongContent(
                    path, stated: contents.digest.prefixedNix32,
                    computed: digest?.prefixedNix32 ?? "no plain file")
            }
        }
        try checkValid(stated)
    }

    /// Refuses to learn that paths which are valid here have other contents than they should.
    func checkValid(_ stated: [StorePath: StatedContents]) throws {
        guard !stated.isEmpty else { return }
        for path in try database.validPaths(among: stated.keys).sorted() {
            guard let contents = stated[path], let derivation = contents.derivation,
                let info = try database.info(path), info.provingDigest(in: storeDirectory) == nil
            else { continue }
            let digest =
                contents.isOfNAR
                ? info.narHash
                : try Self.digest(of: path.fileName(), in: folder.descriptor, for: contents)
            guard digest == contents.digest else {
                throw LocalStoreError.falselyValid(path, derivation: derivation)
            }
        }
    }
}

extension PreparedOutput {
    /// The digest of the tree that `contents` is about; `nil` when it has none, because it is no plain
    /// file.
    func digest(for contents: StatedContents) throws -> Digest? {
        if contents.isOfNAR { return info.narHash }
        if contentDigest == contents.digest { return contentDigest }
        return try LocalStore.digest(of: name, in: folder.descriptor, for: contents)
    }
}

extension LocalStore {
    /// Reads a tree and makes the digest that `contents` is about; `nil` when it has none.
    static func digest(
        of name: FileName, in directory: borrowing DirectoryDescriptor,
        for contents: StatedContents
    ) throws -> Digest? {
        do {
            return try TreeFingerprint(
                reading: name, in: directory, candidates: [],
                wanted: (contents.method, contents.digest.algorithm), copy: nil
            ).contentDigest
        } catch LocalStoreError.notFlat { return nil }
    }
}
