package import ArgumentParser
import LocalStore
import Primitives
import Realisation
import StoreModel

/// `sources`: what builds take from outside.
package struct SourcesCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "List all downloads of a derivation's graph; fetch them ahead; make a mirror.",
        discussion: """
            Every fixed output that the derivations need, at any depth, valid or not: hash, size, name and \
            URLs. As 'guix build --sources=transitive'. A mirror is a directory <algorithm>/<hash> that \
            --source-mirror reads, also through any web server; with it, nothing else is needed of the \
            network.

            Example:
              nodeos-store sources barebones.drv
              nodeos-store sources --fetch --write-mirror ~/sources barebones.drv
              nodeos-store realise --source-mirror ~/sources barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup(title: "Building")
    var building: BuildOptions

    @OptionGroup
    var output: OutputOptions

    @Flag(help: "Fetch what is missing.")
    var fetch = false

    @Option(
        help: ArgumentHelp(
            "Fetch what is missing and write every file into the mirror <dir>.",
            discussion: "What is there with the right bytes stays. An interrupted run goes on.",
            valueName: "dir"), transform: PlaceArgument.directory)
    var writeMirror: String?

    @Flag(
        help:
            "Print URLs with user, password and query, for a tool that fetches; else '***' and '?…'."
    )
    var withCredentials = false

    @Argument(help: "Derivations, links to them, or recipes.", completion: .recipesOrFiles)
    var paths: [String]

    /// Nothing to list yet.
    package init() {}

    /// Does the work.
    package func run(in context: CommandContext) async throws {
        let isFetching = fetch || writeMirror != nil
        let localStore = try store.open(context, mayWrite: isFetching)
        let argument = StoreArgument(
            localStore, context, recipes: isFetching ? .addedDerivation : .derivation)
        let derivations = try argument.paths(paths)
        var sources = try SourceInventory.sources(of: derivations, in: localStore)
        if isFetching {
            let goals = sources.map { Goal.outputs(of: $0.derivation, []) }
            let plan = try Realiser.plan(
                goals, in: localStore, assumesFixed: building.assumeFixed)
            try localStore.addTemporaryRoots(sources.map(\.output))
            if !plan.isEmpty { try await building.realise(plan, in: localStore, context) }
            sources = try SourceInventory.sources(of: derivations, in: localStore)
        }
        if let writeMirror { try write(sources, to: writeMirror, localStore, context) }
        try output.print(
            SourcesAnswer(
                sources: sources, store: localStore.storeDirectory,
                showsCredentials: withCredentials),
            to: context.output)
    }

    private func write(
        _ sources: [SourceFile], to path: String, _ localStore: LocalStore,
        _ context: CommandContext
    ) throws {
        let mirror = try SourceMirror(writingTo: context.absolute(path))
        var written: (count: Int, bytes: UInt64) = (0, 0)
        var present = 0
        for source in sources {
            switch try mirror.add(source, from: localStore) {
            case .written(let size):
                written.count += 1
                written.bytes.addSaturating(size)
            case .present: present += 1
            case .notServable:
                try context.errorOutput.print(
                    context.errorOutput.hints.completed(
                        "note: '\(source.output)' has the hash of a tree: no mirror can serve it; "
                            + "move it with 'nodeos-store export'"))
            }
        }
        try context.errorOutput.print(
            "'\(path)': \(written.count) files written (\(ByteCount(written.bytes))), "
                + "\(present) were there")
    }
}

/// What builds take from outside: a line each, then the sum.
struct SourcesAnswer: CommandAnswer {
    let sources: [SourceFile]
    let store: StoreDirectory
    /// Whether URLs are printed whole, with passwords and tokens.
    let showsCredentials: Bool

    private func urls(_ source: SourceFile) -> [String] {
        showsCredentials ? source.urls : source.urls.map { URLRedaction.redact($0) }
    }

    var json: JSONValue {
        .object([
            "sources": .array(
                sources.map { source in
                    .object([
                        "name": .string(source.output.name),
                        "derivation": .string(store.path(of: source.derivation)),
                        "output": .string(store.path(of: source.output)),
                        "urls": .strings(urls(source)),
                        "hash": .string(source.digest.sri),
                        "method": .string(source.method == .flat ? "flat" : "recursive"),
                        "mirrorPath": .optional(source.mirrorPath),
                        "size": source.size.map { .count($0) } ?? .null,
                        "valid": .bool(source.isPresent),
                    ])
                }),
            "size": .count(total),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var lines = sources.map { source in
            let size = source.size.map { "\($0)" } ?? "?"
            let urls = urls(source).joined(separator: " ")
            return "\(source.digest.sri)  \(size)  \(source.output.name)  \(urls)\n"
        }
        let missing = sources.count { !$0.isPresent }
        let unknown = sources.count { $0.size == nil }
        lines.append(
            "\(sources.count) sources, \(ByteCount(total))"
                + (unknown > 0 ? " and \(unknown) of unknown size" : "")
                + (missing > 0 ? "; \(missing) not fetched yet\n" : "; all are here\n"))
        return lines.joined()
    }

    private var total: UInt64 { sources.compactMap(\.size).saturatingSum }
}
