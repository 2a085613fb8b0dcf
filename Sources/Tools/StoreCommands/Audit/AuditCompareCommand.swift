package import ArgumentParser
import Audits
import LocalStore
import Reproduction
import StoreModel

/// `audit compare`: do these sides have the same?
package struct AuditCompareCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
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
    package init() {}

    /// Refuses to compare one side.
    package func validate() throws {
        guard sides.count + store.root.count > 1 else {
            throw ValidationError(
                "Name at least two sides: manifests, caches, or stores with --root.")
        }
    }

    /// Compares and prints the answer.
    package func run(in context: CommandContext) async throws {
        let keys = try trust.keys(context)
        let reader = SideArgument(trusting: keys, context)
        let stores = try store.layouts(context).map(reader.store)
        var caches = sides.filter(reader.isCache)
        var manifests = try sides.filter { !reader.isCache($0) }.map(reader.manifest)
        if stores.isEmpty, manifests.isEmpty, only.isEmpty {
            // Nothing says what to compare: stores that are published say what they have.
            manifests = try caches.map(reader.publishedManifest)
            caches = []
        }
        var all = stores + manifests
        // What the manifests were made of, where nothing was named.
        let roots = Set(all.flatMap(\.manifest.roots))
        let directory = try all.first?.manifest.store ?? store.storeDirectory(context)
        let named = try StoreArgument(
            layout: StoreLayout(storeDirectory: directory), context: context
        ).paths(only)
        let paths = AgreementQuestions.subjects(named, of: stores, manifests)
        for name in caches {
            let cache = try reader.cache(name, directory)
            guard let paths else { throw reader.untold(name) }
            all.append(try await cache.side(paths.sorted(), trusting: keys))
        }
        try ComparisonText(
            AuditComparison(all, only: paths), subjects: only.isEmpty ? roots : paths ?? [],
            isVerbose: verbose
        ).print(output, to: context)
    }
}
