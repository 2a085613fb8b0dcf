public import StoreModel

/// What a collector is asked to delete. By default, everything that no root reaches.
public struct CollectionRequest: Hashable, Sendable {
    /// Whether the derivation that made a live path is live.
    public var keepsDerivations: Bool
    /// Whether the valid outputs of a live derivation are live.
    public var keepsOutputs: Bool
    /// Paths used at this moment or later are live; seconds since 1970.
    public var usedSince: Int64?
    /// Delete only these; it is an error when one of them is live.
    public var only: [StorePath]?
    /// Whether ``only`` stands for all that its paths refer to as well.
    public var isRecursive: Bool
    /// Whether those of ``only`` that must stay are passed over instead.
    public var skipsLive: Bool
    /// Stop when so many bytes are freed.
    public var maxFreed: UInt64?
    /// Stop when the store's file system has so many bytes free.
    public var freeSpace: UInt64?
    /// Stop when the NARs of all valid paths together have at most so many bytes.
    public var maxSize: UInt64?

    /// A request. What was used longest ago is deleted first, which matters with a limit.
    public init(
        keepsDerivations: Bool = true, keepsOutputs: Bool = false, usedSince: Int64? = nil,
        only: [StorePath]? = nil, isRecursive: Bool = false, skipsLive: Bool = false,
        maxFreed: UInt64? = nil, freeSpace: UInt64? = nil, maxSize: UInt64? = nil
    ) {
        self.keepsDerivations = keepsDerivations
        self.keepsOutputs = keepsOutputs
        self.usedSince = usedSince
        self.only = only
        self.isRecursive = isRecursive
        self.skipsLive = skipsLive
        self.maxFreed = maxFreed
        self.freeSpace = freeSpace
        self.maxSize = maxSize
    }
}
