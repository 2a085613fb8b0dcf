public import ArgumentParser
import Audits
import LocalStore
import Primitives
import StoreModel
import Substitutes

/// `audit compare`: do these sides have the same?
public struct CompareAudit: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare what several machines have, and say where differences begin.",
        discussion: """
            A side is a manifest (a file, or a URL that ends in .json), a binary cache (any \
            other URL, or a directory with a nix-cache-info), or with --root a store on this \
            machine ('--root /' is the usual one). Compared are the paths of the manifests, or \
            without any, all paths of the stores. Each is a match (two sides say the same, none \
            says otherwise), a mismatch, or inconclusive (fewer than two say anything). \
            Mismatches are grouped by the derivation where they begin; what merely follows is \
            listed below it. A side under two names counts once.

            Exit status 0: everything matches. 2: something does not. 3: no mismatch, but not \
            everything could be compared. 1: a side cannot be used. See \
            docs/manual/agreement.md.

            Examples:
              nodeos-store audit compare mine.json theirs.json
              nodeos-store audit compare --root /mnt/one --root /mnt/two
              nodeos-store audit compare --trusted-key alice.public mine.json alice.json --json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var trust: TrustedKeyOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .customLong("only"),
        help: ArgumentHelp(
            "Compare only this store path; a .drv stands for its outputs; repeatable.",
            valueName: "path"))
    var only: [String] = []

    @Flag(name: .shortAndLong, help: "List matches and everything that follows, too.")
    var verbose = false

    @Argument(help: "Manifests (files or URLs) and binary caches.", completion: .file())
    var sides: [String] = []

    /// The command without arguments.
    public init() {}

    /// Refuses to compare one side.
    public func validate() throws {
        guard sides.count + store.root.count > 1 else {
            throw ValidationError(
                "Name at least two sides: manifests, caches, or stores with --root.")
        }
    }

    /// Compares and prints the answer.
    public func run(in context: CommandContext) async throws {
        let reader = AuditSideReader(context: context, keys: try trust.keys(context))
        let stores = try store.layouts(context).map(reader.side)
        let (caches, files) = (sides.filter(reader.isCache), sides.filter { !reader.isCache($0) })
        let manifests = try files.map { try reader.side($0) }
        let known = stores + manifests
        let directory = try known.first?.manifest.store ?? store.storeDirectory(context)
        let paths = try paths(stores, manifests, directory, context)
        var all = known
        for cache in caches {
            let cache = try BinaryCache.of(reader.cacheURL(cache), directory, context)
            guard let paths else {
                throw StoreCommandsError.badArgument(
                    cache.url.description,
                    reason: "a cache does not tell what it has: name paths with --only, or a "
                        + "manifest")
            }
            all.append(
                try await CacheAuditReader(cache: cache, keys: reader.keys).side(paths.sorted()))
        }
        let comparison = try AuditComparison(all, only: paths)
        // What the manifests were made of, where nothing was named.
        let asked = only.isEmpty ? Set(known.flatMap(\.manifest.roots)) : paths ?? []
        try ComparisonAnswer(comparison: comparison, subjects: asked, isVerbose: verbose)
            .print(output, to: context)
    }

    /// What is compared: what was asked for; else what the manifests tell of; else what the stores
    /// have; `nil` when there are only caches.
    private func paths(
        _ stores: [AuditSide], _ manifests: [AuditSide], _ directory: StoreDirectory,
        _ context: CommandContext
    ) throws -> Set<StorePath>? {
        if only.isEmpty {
            let tellers = manifests.isEmpty ? stores : manifests
            guard !tellers.isEmpty else { return nil }
            return tellers.reduce(into: []) { $0.formUnion($1.manifest.entries.keys) }
        }
        let layout = StoreLayout(storeDirectory: directory)
        let paths = try StoreArgument(layout: layout, context: context).paths(only)
        return Set(
            paths.flatMap { path in
                let known = (stores + manifests).lazy.compactMap { $0.manifest.derivations[path] }
                return known.first.map { Array($0.outputs.values) } ?? [path]
            })
    }
}
