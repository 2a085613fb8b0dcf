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

    /// The path.
    public var path: StorePath { narInfo.info.path }
    /// The bytes to download, as far as the cache says; else those of the NAR.
    public var downloadSize: UInt64 { narInfo.fileSize ?? narInfo.info.narSize }
    /// What it refers to besides itself.
    var references: Set<StorePath> { narInfo.info.references.subtracting([path]) }
}
