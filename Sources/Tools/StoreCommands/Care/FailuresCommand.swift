package import ArgumentParser
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// `failures`: what failed when it was built last.
package struct FailuresCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "failures",
        abstract: "List the derivations whose last build here failed, or forget that they did.",
        discussion: """
            With --cache-failures, `realise` fails these at once instead of building them again.

            Examples:
              nodeos-store failures
              nodeos-store failures --clear hello.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(help: "Forget them: the next run builds them again.")
    var clear = false

    @Argument(
        help: ArgumentHelp("Only these; all when none are named.", valueName: "drv"),
        completion: .file())
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Lists, or forgets.
    package func run(in context: CommandContext) async throws {
        let store = try self.store.open(context, mayWrite: clear)
        let wanted = Set(try StoreArgument(layout: store.layout, context: context).paths(paths))
        let failures = try store.database.lastFailures().filter {
            wanted.isEmpty || wanted.contains($0.derivation)
        }
        if clear { try store.database.forgetFailures(of: failures.map(\.derivation)) }
        try output.print(
            FailuresAnswer(failures: failures, directory: store.storeDirectory), to: context.output)
    }
}

/// Derivations, each with the time at which it failed.
private struct FailuresAnswer: CommandAnswer {
    let failures: [BuildRecord]
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "failures": .array(
                failures.map {
                    .object([
                        "derivation": .string(directory.path(of: $0.derivation)),
                        "status": .string($0.status.rawValue),
                        "time": .number(Double($0.startTime) / 1000),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> String {
        failures.map { directory.path(of: $0.derivation) + "\n" }.joined()
    }
}
