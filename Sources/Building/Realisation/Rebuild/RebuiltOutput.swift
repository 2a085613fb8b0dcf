package import Primitives
package import StoreModel

/// An output that was built again, beside the valid one.
package struct RebuiltOutput: Hashable, Sendable {
    /// The output.
    package let path: StorePath
    /// The NAR hash in the database.
    package let validHash: Digest
    /// The NAR hash of what was built now.
    package let hash: Digest
    /// Where the valid tree is on this machine.
    package let validPlace: String
    /// Where the new tree is, as long as it is looked at.
    package let place: String

    /// Whether the bytes are the same.
    package var isSame: Bool { hash == validHash }
}
