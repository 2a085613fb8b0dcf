package import Audits
package import LocalStore
package import Primitives
package import Substitutes

/// Reads what is to be compared: manifests and stores.
package struct SideReader: Sendable {
    /// When there are any, only manifests that one of them signed are taken.
    let keys: [PublicKey]
    /// This program and its version, for the manifests of stores.
    let tool: String

    /// A reader.
    package init(trusting keys: [PublicKey], tool: String) {
        self.keys = keys
        self.tool = tool
    }

    /// The side of a manifest.
    ///
    /// - Parameter name: the file or URL that it is from.
    /// - Throws: ``ManifestError``.
    package func side(_ name: String, manifest bytes: [UInt8]) throws -> AuditSide {
        let manifest = try Manifest(parsing: bytes, from: name)
        let signer = keys.isEmpty ? nil : try manifest.signer(among: keys, source: name)
        return AuditSide(name: name, manifest: manifest, signer: signer?.name)
    }

    /// The side of the manifest at a URL.
    ///
    /// - Parameter temporaryDirectory: where it lies while it is read.
    /// - Throws: ``AuditError/noManifest(_:)``, ``ManifestError``, `DownloadError`.
    package func side(
        at url: DownloadURL, policy: DownloadPolicy, in temporaryDirectory: String
    ) throws -> AuditSide {
        let bytes = try Downloader.contents(
            of: url, limit: Manifest.maximumSize, in: temporaryDirectory, policy: policy)
        guard let bytes else { throw AuditError.noManifest(url.description) }
        return try side(url.description, manifest: bytes)
    }

    /// The side of a store of this machine: it is read from the disk, and no signature is asked for.
    package func side(_ name: String, _ store: LocalStore) throws -> AuditSide {
        AuditSide(
            name: name, manifest: try ManifestMaker(store, tool: tool).manifestOfEverything())
    }
}
