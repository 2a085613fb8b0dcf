public import Primitives

/// What a binary cache says of one store path (`docs/formats/narinfo.md`).
public struct NarInfo: Hashable, Sendable {
    /// The largest text that is read, in bytes.
    public static let maximumCount = 1 << 20

    /// The path, its hash, size, references, deriver, signatures and content address.
    public var info: PathInfo
    /// Where the NAR is, relative to the cache.
    public var url: String
    /// How the NAR is compressed; `none`, `xz`, `zstd`, `bzip2` and others.
    public var compression: String
    /// The digest of the compressed file.
    public var fileHash: Digest?
    /// The size of the compressed file in bytes.
    public var fileSize: UInt64?

    /// A narinfo from its parts.
    public init(
        info: PathInfo, url: String, compression: String = "none", fileHash: Digest? = nil,
        fileSize: UInt64? = nil
    ) {
        self.info = info
        self.url = url
        self.compression = compression
        self.fileHash = fileHash
        self.fileSize = fileSize
    }

    /// The text, ended by a newline; keys in Nix's order.
    public func text(in store: StoreDirectory) -> String {
        var lines = [
            "StorePath: \(store.path(of: info.path))", "URL: \(url)", "Compression: \(compression)",
        ]
        if let fileHash { lines.append("FileHash: \(fileHash.prefixedNix32)") }
        if let fileSize { lines.append("FileSize: \(fileSize)") }
        lines.append("NarHash: \(info.narHash.prefixedNix32)")
        lines.append("NarSize: \(info.narSize)")
        let references = info.references.sorted().map(\.baseName).joined(separator: " ")
        lines.append("References: \(references)")
        if let deriver = info.deriver { lines.append("Deriver: \(deriver.baseName)") }
        for signature in info.signatures { lines.append("Sig: \(signature)") }
        if let address = info.contentAddress { lines.append("CA: \(address)") }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension PathInfo {
    /// What a signature of this path signs.
    public func fingerprint(in store: StoreDirectory) -> String {
        let references = self.references.sorted().map(store.path(of:)).joined(separator: ",")
        return "1;\(store.path(of: path));\(narHash.prefixedNix32);\(narSize);\(references)"
    }
}
