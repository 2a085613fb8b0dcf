import Archives
package import Primitives
package import StoreModel

/// A tree that has the metadata of the store and is scanned and hashed, but lies in a scratch
/// directory still: nobody else can reach it. ``LocalStore/commit(_:)`` makes it valid.
package struct PreparedOutput: Sendable {
    /// What will be registered; a caller may add a content address or signatures.
    package var info: PathInfo
    /// The digest that was asked for, of a flat or recursive fixed output.
    package let contentDigest: Digest?

    /// The directory that holds the tree, and the directory to be removed when all is done.
    let folder: StoreFolder
    let name: FileName
    let scratch: ScratchDirectory
}
