public import Primitives
public import StoreModel

/// An output that was built again, beside the valid one.
public struct RebuiltOutput: Hashable, Sendable {
    /// The output.
    public let path: StorePath
    /// The NAR hash in the database.
    public let validHash: Digest
    /// The NAR hash of what was built now.
    public let hash: Digest
    /// Where the valid tree is on this machine.
    public let validPlace: String
    /// Where the new tree is, as long as it is looked at.
    public let place: String

    /// Whether the bytes are the same.
    public var isSame: Bool { hash == validHash }
}
