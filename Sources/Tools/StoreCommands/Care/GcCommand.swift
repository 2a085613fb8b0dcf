package import ArgumentParser
import LocalStore
import NodeosStore
import Primitives
import StoreModel

/// `gc`: delete what nothing needs.
package struct GcCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Delete what no root reaches, and what killed processes left.",
        discussion: """
            Roots are links made with -o and --add-root, links in the roots directory, what \
            running processes use, and what builds in progress need; `nodeos-store roots` lists \
            the links. With a limit, what was used longest ago is deleted first. Builds may run \
            meanwhile. The paths deleted are printed, on standard error what they held.

            Sizes are written as 20G (powers of 1000) or 20GiB, ages as 12h, 14d, 2w.

            Examples:
              nodeos-store gc --dry-run
              nodeos-store gc --keep-used 14d --max-size 20G
              nodeos-store gc --delete ./result
              nodeos-store gc --delete --recursive --skip-live /nodeos/store/…-hello-2.12
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be deleted, and delete nothing.")
    var dryRun = false
    @Flag(help: "Delete nothing, but list what is there and why it stays.")
    var listing: CollectionListing?

    @Option(help: ArgumentHelp("Stop when so much is freed.", valueName: "size"))
    var maxFreed: SizeArgument?
    @Option(
        name: [.long, .customLong("min-free")],
        help: ArgumentHelp("Stop when the file system has so much free space.", valueName: "size"))
    var freeSpace: SizeArgument?
    @Option(
        help: ArgumentHelp("Stop when the valid paths have at most this size.", valueName: "size"))
    var maxSize: SizeArgument?
    @Option(help: ArgumentHelp("Keep what was used within this time.", valueName: "age"))
    var keepUsed: AgeArgument?
    @Flag(inversion: .prefixedNo, help: "Keep the derivations of what stays.")
    var keepDerivations = true
    @Flag(inversion: .prefixedNo, help: "Keep the outputs of the derivations that stay.")
    var keepOutputs = false
    @Option(
        name: .customLong("delete"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Delete only these paths; refused when a root keeps one of them.", valueName: "path"),
        completion: .file())
    var paths: [String] = []
    @Flag(
        name: [.customShort("r"), .long],
        help: "With --delete: delete also all that these paths refer to.")
    var recursive = false
    @Flag(help: "With --delete: pass over what must stay instead of refusing.")
    var skipLive = false

    /// The command without arguments.
    package init() {}

    /// Refuses limits for a list of paths.
    package func validate() throws {
        if !paths.isEmpty, maxFreed != nil || freeSpace != nil || maxSize != nil {
            throw ValidationError("--delete takes no limit: it deletes all the paths or none")
        }
        if paths.isEmpty, recursive || skipLive {
            throw ValidationError(
                "--recursive and --skip-live say how --delete works; name its paths")
        }
    }

    /// Collects, or answers.
    package func run(in context: CommandContext) async throws {
        let isQuestion = dryRun || listing != nil
        let session = try store.session(context, isQuestion ? .reading : .collecting)
        let request = try request(session, context)
        if let listing {
            let answer = LivenessAnswer(
                listing: listing, liveness: try session.liveness(request),
                directory: session.storeDirectory)
            return try output.print(answer, to: context.output)
        }
        let items = try dryRun ? session.garbage(request) : session.collectGarbage(request)
        let answer = CollectionAnswer(
            items: items, directory: session.storeDirectory, isDryRun: dryRun)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary)
    }

    /// What settings say, where nobody says on the command line what is to go or when to stop.
    private func policy<Value>(_ value: Value?) -> Value? {
        let isGiven =
            !paths.isEmpty || keepUsed != nil || maxFreed != nil || freeSpace != nil
            || maxSize != nil
        return isGiven ? nil : value
    }

    private func request(_ session: StoreSession, _ context: CommandContext) throws
        -> CollectionRequest
    {
        let argument = StoreArgument(session.store, context, recipes: .outputs)
        let only = paths.isEmpty ? nil : try argument.paths(paths)
        return CollectionRequest(
            keepsDerivations: keepDerivations, keepsOutputs: keepOutputs,
            usedSince: (keepUsed?.seconds ?? policy(context.age("NODEOS_GC_KEEP_USED"))).map {
                context.now() - $0
            }, only: only, isRecursive: recursive, skipsLive: skipLive,
            maxFreed: maxFreed?.bytes, freeSpace: freeSpace?.bytes,
            maxSize: maxSize?.bytes ?? policy(context.size("NODEOS_GC_MAX_SIZE")))
    }
}

/// What `gc` lists instead of deleting.
enum CollectionListing: String, EnumerableFlag {
    /// The live paths and what keeps each.
    case printLive
    /// The dead paths.
    case printDead
    /// Everything that keeps something.
    case printRoots

    static func help(for value: CollectionListing) -> ArgumentHelp? {
        switch value {
        case .printLive: "List the paths that stay, each with a root that keeps it."
        case .printDead: "List the valid paths that no root reaches."
        case .printRoots: "List all roots, also running processes and builds."
        }
    }
}

/// What was or would be deleted.
struct CollectionAnswer: CommandAnswer {
    let items: [CollectedItem]
    let directory: StoreDirectory
    let isDryRun: Bool

    private var size: UInt64 { items.map(\.size).saturatingSum }

    /// One line for people.
    var summary: String {
        let leftovers = items.count { !$0.isValid }
        let paths = items.count - leftovers
        return (isDryRun ? "would delete " : "deleted ")
            + "\(paths) \(paths == 1 ? "path" : "paths")"
            + (leftovers == 0 ? "" : " and \(leftovers) left by killed processes")
            + ", \(ByteCount(size))"
    }

    var json: JSONValue {
        .object([
            "dryRun": .bool(isDryRun),
            "size": .count(size),
            "items": .array(
                items.map {
                    .object([
                        "path": .string("\(directory)/\($0.name)"), "size": .count($0.size),
                        "valid": .bool($0.isValid),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        items.map { "\(directory)/\($0.name)\n" }.joined()
    }
}

/// What is live and why, what is dead, or what the roots are.
struct LivenessAnswer: CommandAnswer {
    let listing: CollectionListing
    let liveness: Liveness
    let directory: StoreDirectory

    var json: JSONValue {
        switch listing {
        case .printLive:
            .object([
                "live": .array(
                    liveness.live.map { path, root in
                        .object([
                            "path": .string(directory.path(of: path)),
                            "root": .string(root.link), "kind": .string(root.kind.rawValue),
                            "rootPath": .string(directory.path(of: root.target)),
                        ])
                    })
            ])
        case .printDead: .object(["dead": .strings(liveness.dead.map(directory.path(of:)))])
        case .printRoots: RootsAnswer(roots: liveness.roots, directory: directory).json
        }
    }

    func text(for output: CommandOutput) -> String {
        switch listing {
        case .printLive:
            liveness.live.map { path, root in
                "\(directory.path(of: path)) kept by \(root)\n"
            }.joined()
        case .printDead: liveness.dead.map { directory.path(of: $0) + "\n" }.joined()
        case .printRoots:
            RootsAnswer(roots: liveness.roots, directory: directory).text(for: output)
        }
    }
}
