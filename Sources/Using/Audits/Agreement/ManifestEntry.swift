public import Primitives
public import StoreModel

/// What a side has of one store path.
public struct ManifestEntry: Hashable, Sendable {
    /// The path.
    public var path: StorePath
    /// The SHA-256 digest of its NAR.
    public var narHash: Digest
    /// The size of its NAR in bytes.
    public var narSize: UInt64
    /// The paths it refers to, sorted.
    public var references: [StorePath]
    /// The derivation that made it, when known.
    public var deriver: StorePath?
    /// Which output of ``deriver`` it is, when that is known.
    public var output: String?
    /// The content address, when it has one.
    public var contentAddress: String?
    /// How it came.
    public var origin: ManifestOrigin
    /// Signatures of its fingerprint, in the form `key-name:base64`.
    public var signatures: [String]

    /// An entry from its parts.
    public init(
        path: StorePath, narHash: Digest, narSize: UInt64, references: [StorePath] = [],
        deriver: StorePath? = nil, output: String? = nil, contentAddress: String? = nil,
        origin: ManifestOrigin = .unknown, signatures: [String] = []
    ) {
        self.path = path
        self.narHash = narHash
        self.narSize = narSize
        self.references = references
        self.deriver = deriver
        self.output = output
        self.contentAddress = contentAddress
        self.origin = origin
        self.signatures = signatures
    }

    /// An entry for what a database or a narinfo says.
    public init(_ info: PathInfo, origin: ManifestOrigin = .unknown, output: String? = nil) {
        self.init(
            path: info.path, narHash: info.narHash, narSize: info.narSize,
            references: info.references.sorted(), deriver: info.deriver, output: output,
            contentAddress: info.contentAddress, origin: origin, signatures: info.signatures)
    }

    /// What a signature of it signs.
    public func fingerprint(in store: StoreDirectory) -> String {
        PathInfo(
            path: path, narHash: narHash, narSize: narSize, references: Set(references)
        ).fingerprint(in: store)
    }

    /// Whether both say that the path has the same contents.
    public func hasSameContents(as other: ManifestEntry) -> Bool {
        narHash == other.narHash && narSize == other.narSize && references == other.references
    }
}
