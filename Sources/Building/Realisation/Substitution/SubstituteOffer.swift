import Primitives
public import StoreModel

/// A path that may be taken from a binary cache: what one says of it is to be believed.
public struct SubstituteOffer: Sendable {
    /// What the cache says of it.
    public let narInfo: NarInfo
    /// The cache's URL, without credentials.
    public let source: String
    /// Which cache of ``Substitution`` it is.
    let place: Int
    /// What all caches that were asked say of the path, believed or not.
    let said: [PathInfo]
    /// What a derivation promises of the path, if one is known.
    let promise: SubstitutePromise?

    /// The path.
    public var path: StorePath { narInfo.info.path }
    /// The bytes to download, as far as the cache says; else those of the NAR.
    public var downloadSize: UInt64 {
        let narSize = narInfo.info.narSize
        // A hint that cannot be true is none.
        guard let size = narInfo.fileSize, size > 0, size <= narSize + narSize / 8 + 1 << 20 else {
            return narSize
        }
        return size
    }
    /// What it refers to besides itself.
    var references: Set<StorePath> { narInfo.info.references.subtracting([path]) }
}
