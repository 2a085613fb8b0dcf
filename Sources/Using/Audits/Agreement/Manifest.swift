public import Primitives
public import StoreModel

/// What one machine has, to be compared with another's (`docs/formats/manifest.md`).
public struct Manifest: Hashable, Sendable {
    /// What stands in `type`.
    public static let type = "nodeos-store manifest"
    /// The version of the format that is written; no other is read.
    public static let version: Int64 = 1
    /// The largest text that is read, in bytes.
    public static let maximumSize: UInt64 = 64 << 20
    /// The most values that a text may hold: what bounds the memory.
    static let maximumValues = 2_000_000

    /// The store directory of all paths.
    public var store: StoreDirectory
    /// The program that wrote it, with its version.
    public var tool: String
    /// The machine; `nil` for what is not a machine, such as a cache.
    public var machine: MachineFacts?
    /// What was asked for, sorted.
    public var roots: [StorePath]
    /// What the machine has, by path.
    public var entries: [StorePath: ManifestEntry]
    /// The derivations that made it, as far as they are known.
    public var derivations: [StorePath: ManifestDerivation]
    /// Signatures of ``signedText``, in the form `key-name:base64`, sorted.
    public var signatures: [String]

    /// A manifest from its parts.
    public init(
        store: StoreDirectory, tool: String = "", machine: MachineFacts? = nil,
        roots: [StorePath] = [], entries: [StorePath: ManifestEntry] = [:],
        derivations: [StorePath: ManifestDerivation] = [:], signatures: [String] = []
    ) {
        self.store = store
        self.tool = tool
        self.machine = machine
        self.roots = roots
        self.entries = entries
        self.derivations = derivations
        self.signatures = signatures
    }

    /// The digest of everything but the signatures: of the JSON text without white space.
    public var digest: Digest { Self.digest(of: body) }

    /// What a signature of the manifest signs.
    public var signedText: String { Self.signedText(digest) }

    /// Adds the signature of `key`.
    ///
    /// - Throws: `KeyError` when this machine's libgcrypt cannot sign.
    public mutating func sign(with key: SecretKey) throws {
        let signature = try key.sign(signedText)
        if !signatures.contains(signature) { signatures = (signatures + [signature]).sorted() }
    }

    static func digest(of body: [String: JSONValue]) -> Digest {
        Digest.hash(JSONValue.object(body).text(isPretty: false))
    }

    /// No fingerprint of a store path begins like this: one signature never stands for the other.
    static func signedText(_ digest: Digest) -> String {
        "nodeos-manifest;1;\(digest.prefixedNix32)"
    }
}
