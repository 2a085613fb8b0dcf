import Audits
import LocalStore
import Primitives
import Reproduction
import StoreDatabase
import StoreModel
import Substitutes
import SystemSupport

/// What is compared, as people name it: manifests, caches, stores.
struct SideArgument {
    let reader: SideReader
    let context: CommandContext

    /// - Parameter keys: when there are any, only what one of them signed counts.
    init(trusting keys: [PublicKey], _ context: CommandContext) {
        reader = SideReader(trusting: keys, tool: AuditManifestCommand.tool)
        self.context = context
    }

    /// The side of the manifest that `text` names: a URL or a file.
    func manifest(_ text: String) throws -> AuditSide {
        guard text.contains("://") else { return try reader.side(text, manifest: file(text)) }
        var policy = DownloadPolicy()
        policy.certificateFile = DownloadPolicy.certificateFile(in: context.environment)
        policy.netrcFile = try NetrcFile.path(nil, context)
        return try reader.side(
            at: DownloadURL(parsing: text), policy: policy,
            in: context.variable("TMPDIR").map(context.absolute) ?? "/tmp")
    }

    /// The side of the store that is published at `text`: all that it has.
    func publishedManifest(_ text: String) throws -> AuditSide {
        guard text.contains("://") else { throw untold(text) }
        let slash = text.hasSuffix("/") ? "" : "/"
        do { return try manifest("\(text)\(slash)manifest.json") } catch AuditError.noManifest {
            throw untold(text)
        }
    }

    /// Why the cache `text` is not enough.
    func untold(_ text: String) -> StoreCommandsError {
        .badArgument(
            text,
            reason:
                "a cache does not tell what it has: name paths with --only, or a manifest; only a store "
                + "that is published ('nodeos-store publish') tells")
    }

    private func file(_ path: String) throws -> [UInt8] {
        let absolute = context.absolute(path)
        // Reading the file, just below, says why it cannot be looked at.
        guard (try? DirectoryEntries.isDirectory(absolute)) != true else {
            throw StoreCommandsError.badArgument(
                path, reason: "a directory; a store is named with '--root \(path)'")
        }
        return try FileBytes.read(path: absolute, limit: Int(Manifest.maximumSize))
    }

    /// The side of the store of `layout`.
    func store(_ layout: StoreLayout) throws -> AuditSide {
        try reader.side(
            layout.root.map { "--root \($0)" } ?? "this store",
            LocalStore(opening: layout, access: .readOnly))
    }

    /// Whether `text` names a binary cache.
    func isCache(_ text: String) -> Bool {
        if text.contains("://") { return !text.hasSuffix(".json") }
        // What cannot be read is no cache; reading it as a manifest says why.
        return
            (try? FileBytes.read(path: context.absolute(text) + "/nix-cache-info", limit: 65_536))
            != nil
    }

    /// The cache that `text` names.
    func cache(_ text: String, _ store: StoreDirectory) throws -> CacheWitness {
        let url = text.contains("://") ? text : context.absolute(text)
        return CacheWitness(try BinaryCache.of(url, store, context))
    }

    /// The caches of `--substituters`: in each text, URLs separated by spaces.
    static func caches(
        _ texts: [String], _ store: StoreDirectory, _ context: CommandContext
    ) throws -> [CacheWitness] {
        try texts.flatMap { $0.split(separator: " ") }.map {
            CacheWitness(try BinaryCache.of(String($0), store, context))
        }
    }
}
