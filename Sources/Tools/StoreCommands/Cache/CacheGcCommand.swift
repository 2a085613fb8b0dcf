package import ArgumentParser
import Giving
import LocalStore
import Primitives
import StoreModel

/// `cache gc`: make a cache directory smaller.
package struct CacheGcCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove from a cache what was used longest ago, and what killed processes left.",
        discussion: """
            A path was used when it was given, when 'copy' found it there, or when its narinfo was \
            read, as far as the file system writes that down (noatime does not). What refers to a \
            path uses it, too: whatever stays has all that it refers to. The paths removed are \
            printed; --list prints instead what would stay and since when. Whoever copies into the \
            cache is waited for.

            Example:
              nodeos-store cache gc /srv/cache --max-size 20G --keep-used 14d
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(help: ArgumentHelp("Stop when the cache has at most this size.", valueName: "size"))
    var maxSize: SizeArgument?
    @Option(help: ArgumentHelp("Keep what was used within this time.", valueName: "age"))
    var keepUsed: AgeArgument?
    @Flag(name: [.customShort("n"), .long], help: "Say what would be removed, and remove nothing.")
    var dryRun = false
    @Flag(help: "Remove nothing, but list what would stay, when it was used last and by what.")
    var list = false

    @Argument(help: "The cache's directory.", completion: .directory)
    var directory: String

    /// The command without arguments.
    package init() {}

    /// Collects.
    package func run(in context: CommandContext) async throws {
        let storeDirectory = try store.storeDirectory(context)
        let path = try CacheDirectoryArgument.path(directory, context)
        let isQuestion = dryRun || list
        let cache = try CacheDirectory(
            opening: path, for: storeDirectory, isQuestion ? .shared : .exclusive,
            mustLock: !isQuestion)
        let now = context.now()
        let (plan, malformed) = try cache.planCollection(
            for: storeDirectory, maximumSize: maxSize?.bytes,
            usedSince: keepUsed.map { now - $0.seconds }, now: now)
        for (name, reason) in malformed {
            try context.errorOutput.print("'\(path)/\(name)' stays, whatever it is: \(reason)")
        }
        if !isQuestion { try cache.collect(plan, for: storeDirectory) }
        let answer = CacheCollectionAnswer(
            plan: plan, directory: storeDirectory, lists: list, isDryRun: isQuestion)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary(maximum: maxSize?.bytes))
    }
}

/// What `cache gc` removed, or would keep.
private struct CacheCollectionAnswer: CommandAnswer {
    let plan: CacheCollection
    let directory: StoreDirectory
    let lists: Bool
    let isDryRun: Bool

    func summary(maximum: UInt64?) -> String {
        let count = plan.removed.count
        let leftovers = plan.leftovers.count
        let text =
            (isDryRun ? "would remove " : "removed ") + "\(count) \(count == 1 ? "path" : "paths")"
            + (leftovers == 0 ? "" : " and \(leftovers) files that nothing names")
            + ": \(ByteCount(plan.sizeBefore - plan.sizeAfter)); \(plan.kept.count) stay, "
            + "\(ByteCount(plan.sizeAfter))"
        guard let maximum, plan.sizeAfter > maximum else { return text }
        return text + ", more than \(ByteCount(maximum)): --keep-used keeps the rest"
    }

    private func reason(_ item: CacheCollection.Item) -> String {
        "used \(UniversalTime(secondsSince1970: item.lastUse))"
            + (item.keeper.map { " by '\($0)'" } ?? "")
    }

    var json: JSONValue {
        func items(_ items: [CacheCollection.Item]) -> JSONValue {
            .array(
                items.map {
                    .object([
                        "path": .string(directory.path(of: $0.path)), "size": .count($0.size),
                        "lastUse": .number(Double($0.lastUse)),
                        "usedBy": .optional($0.keeper.map(directory.path(of:))),
                    ])
                })
        }
        return .object([
            "dryRun": .bool(isDryRun), "removed": items(plan.removed), "kept": items(plan.kept),
            "leftovers": .strings(plan.leftovers.map(\.name)),
            "sizeBefore": .count(plan.sizeBefore), "sizeAfter": .count(plan.sizeAfter),
        ])
    }

    func text(for output: CommandOutput) -> String {
        guard lists else {
            return plan.removed.map { directory.path(of: $0.path) + "\n" }.joined()
        }
        return plan.kept.map {
            "\(directory.path(of: $0.path)) kept: \(ByteCount($0.size)), \(reason($0))\n"
        }.joined()
    }
}
