public import Primitives
public import StoreModel

/// Something that a build takes from outside: a fixed output, known by its hash before it is there.
public struct SourceFile: Hashable, Sendable {
    /// A derivation that makes it.
    public let derivation: StorePath
    /// The store path it has when it is there.
    public let output: StorePath
    /// What the hash is of: the file's bytes when `flat`, else a NAR.
    public let method: ContentAddressMethod
    /// The hash that it must have.
    public let digest: Digest
    /// Where derivations say it can be fetched from, in their order, each once; empty when its
    /// builder is a program of its own.
    public internal(set) var urls: [String]
    /// Its size in bytes, when it is there or a derivation states it.
    public let size: UInt64?
    /// Whether it is valid in the store.
    public let isPresent: Bool

    /// Where a source mirror has it, below its base: `<algorithm>/<base 16>`; `nil` when the hash is
    /// not of the file's bytes, so that no mirror can serve it.
    public var mirrorPath: String? {
        method == .flat ? "\(digest.algorithm.rawValue)/\(digest.base16)" : nil
    }
}
