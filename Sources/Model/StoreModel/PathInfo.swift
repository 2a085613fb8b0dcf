public import Primitives

/// What the database knows of a valid store path.
public struct PathInfo: Hashable, Sendable {
    /// The path.
    public var path: StorePath
    /// The SHA-256 digest of its NAR.
    public var narHash: Digest
    /// The size of its NAR in bytes.
    public var narSize: UInt64
    /// The store paths found in it, itself included when it names itself.
    public var references: Set<StorePath>
    /// The derivation that made it, when known.
    public var deriver: StorePath?
    /// When it became valid, in seconds since 1970.
    public var registrationTime: Int64
    /// Signatures in the form `key-name:base64`.
    public var signatures: [String]
    /// The content address, such as `text:sha256:…` or `fixed:r:sha256:…` in nix32, when it has one.
    public var contentAddress: String?
    /// Whether it was built on this machine.
    public var isUltimate: Bool

    /// A path's registration.
    public init(
        path: StorePath, narHash: Digest, narSize: UInt64, references: Set<StorePath> = [],
        deriver: StorePath? = nil, registrationTime: Int64 = 0, signatures: [String] = [],
        contentAddress: String? = nil, isUltimate: Bool = false
    ) {
        self.path = path
        self.narHash = narHash
        self.narSize = narSize
        self.references = references
        self.deriver = deriver
        self.registrationTime = registrationTime
        self.signatures = signatures
        self.contentAddress = contentAddress
        self.isUltimate = isUltimate
    }
}
