package import ArgumentParser
import LocalStore
import Primitives
import StoreModel

/// `roots`: the links that keep paths.
package struct RootsCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "roots",
        abstract: "List the links that keep paths from being collected, and the stale ones.",
        discussion: """
            A link made with -o or --add-root keeps what it points to until you remove the link. \
            A link that is gone, or whose path is gone, is listed as stale; one that cannot be read \
            now may keep something, and `gc` deletes nothing before it can be. What running processes keep is listed by `gc --print-roots`.

            Example:
              nodeos-store roots
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    package init() {}

    /// Lists them.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let survey = try store.surveyRoots()
        let answer = RootListAnswer(survey: survey, directory: store.storeDirectory)
        try output.print(answer, to: context.output)
    }
}

/// Roots, links that keep nothing any more, and links that nobody can follow now.
private struct RootListAnswer: CommandAnswer {
    let survey: RootSurvey
    let directory: StoreDirectory

    private var roots: RootsAnswer { RootsAnswer(roots: survey.roots, directory: directory) }

    var json: JSONValue {
        .object([
            "roots": roots.json["roots"] ?? .null,
            "stale": .array(
                survey.stale.map {
                    .object([
                        "link": .string($0.link), "target": .string($0.target),
                        "reason": .string($0.reason),
                    ])
                }),
            "unreadable": .array(
                survey.unreadable.map {
                    .object([
                        "link": .string($0.link), "target": .string($0.target),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        roots.text(for: output)
            + survey.stale.map { "\($0.link) -> \($0.target) (stale: \($0.reason))\n" }.joined()
            + survey.unreadable.map {
                "\($0.link) -> \($0.target) (cannot be read, so 'gc' deletes nothing: "
                    + "\($0.reason))\n"
            }.joined()
    }
}
