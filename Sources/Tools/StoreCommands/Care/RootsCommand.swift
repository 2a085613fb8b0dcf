public import ArgumentParser
import LocalStore
import Primitives
import StoreModel

/// `roots`: the links that keep paths.
public struct RootsCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "roots",
        abstract: "List the links that keep paths from being collected, and the stale ones.",
        discussion: """
            A link made with -o or --add-root keeps what it points to until you remove the link. \
            What running processes keep is listed by `gc --print-roots`.

            Example:
              nodeos-store roots
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    public init() {}

    /// Lists them.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let stale = try store.staleRoots()
        let links = Set(stale.map(\.link))
        // A link to a path that is not valid is said once.
        let roots = try store.roots().filter { !links.contains($0.link) }
        let answer = RootListAnswer(
            roots: RootsAnswer(roots: roots, directory: store.storeDirectory), stale: stale)
        try output.print(answer, to: context.output)
    }
}

/// Roots, and links that keep nothing any more.
private struct RootListAnswer: CommandAnswer {
    let roots: RootsAnswer
    let stale: [StaleRoot]

    var json: JSONValue {
        .object([
            "roots": roots.json["roots"] ?? .null,
            "stale": .array(
                stale.map {
                    .object([
                        "link": .string($0.link), "target": .string($0.target),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        roots.text(for: output)
            + stale.map { "\($0.link) -> \($0.target) (stale: \($0.reason))\n" }.joined()
    }
}
