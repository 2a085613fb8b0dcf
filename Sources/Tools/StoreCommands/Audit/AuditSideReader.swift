import Audits
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import Substitutes
import SystemSupport

/// Reads what is to be compared: manifests, live stores.
struct AuditSideReader {
    let context: CommandContext
    /// When there are any, only what one of them signed counts.
    let keys: [PublicKey]

    /// The side that `text` names: the URL or file of a manifest.
    func side(_ text: String) throws -> AuditSide {
        let url = text.contains("://") ? try DownloadURL(parsing: text) : nil
        let shown = url?.description ?? text
        let bytes = try url.map(download) ?? file(text)
        let manifest = try Manifest(parsing: bytes, from: shown)
        let signer = keys.isEmpty ? nil : try manifest.signer(among: keys, source: shown)
        return AuditSide(name: shown, manifest: manifest, signer: signer?.name)
    }

    /// The store of `layout`. It is read from this machine's disk: no signature is asked for.
    func side(_ layout: StoreLayout) throws -> AuditSide {
        let store = try LocalStore(opening: layout, access: .readOnly)
        return AuditSide(
            name: layout.root.map { "--root \($0)" } ?? "this store",
            manifest: try ManifestMaker(store, tool: ManifestAudit.tool).manifestOfEverything())
    }

    /// Whether `text` names a binary cache.
    func isCache(_ text: String) -> Bool {
        if text.contains("://") { return !text.hasSuffix(".json") }
        // What cannot be read is no cache; reading it as a manifest says why.
        return
            (try? FileBytes.read(path: context.absolute(text) + "/nix-cache-info", limit: 65_536))
            != nil
    }

    /// The URL of the cache that `text` names.
    func cacheURL(_ text: String) -> String {
        text.contains("://") ? text : context.absolute(text)
    }

    /// Where files lie that are read once.
    var temporaryDirectory: String { context.variable("TMPDIR").map(context.absolute) ?? "/tmp" }

    private func file(_ path: String) throws -> [UInt8] {
        let absolute = context.absolute(path)
        // Reading the file, just below, says why it cannot be looked at.
        guard (try? DirectoryEntries.isDirectory(absolute)) != true else {
            throw StoreCommandsError.badArgument(
                path, reason: "a directory; a store is named with '--root \(path)'")
        }
        return try FileBytes.read(path: absolute, limit: Int(Manifest.maximumSize))
    }

    private func download(_ url: DownloadURL) throws -> [UInt8] {
        var policy = DownloadPolicy()
        policy.certificateFile = DownloadPolicy.certificateFile(in: context.environment)
        policy.netrcFile = try NetrcFile.path(nil, context)
        let bytes = try Downloader.contents(
            of: url, limit: Manifest.maximumSize, in: temporaryDirectory, policy: policy)
        guard let bytes else {
            throw StoreCommandsError.badArgument("\(url)", reason: "there is no manifest")
        }
        return bytes
    }
}
