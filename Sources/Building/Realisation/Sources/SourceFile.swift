package import Primitives
package import StoreModel

/// Something that a build takes from outside: a fixed output, known by its hash before it is there.
package struct SourceFile: Hashable, Sendable {
    /// A derivation that makes it.
    package let derivation: StorePath
    /// The store path it has when it is there.
    package let output: StorePath
    /// What the hash is of: the file's bytes when `flat`, else a NAR.
    package let method: ContentAddressMethod
    /// The hash that it must have.
    package let digest: Digest
    /// Where derivations say it can be fetched from, in their order, each once; empty when its
    /// builder is a program of its own.
    package internal(set) var urls: [String]
    /// Its size in bytes, when it is there or a derivation states it.
    package let size: UInt64?
    /// Whether it is valid in the store.
    package let isPresent: Bool

    /// Where a source mirror has it, below its base: `<algorithm>/<base 16>`; `nil` when the hash is
    /// not of the file's bytes, so that no mirror can serve it.
    package var mirrorPath: String? {
        method == .flat ? "\(digest.algorithm.rawValue)/\(digest.base16)" : nil
    }
}
