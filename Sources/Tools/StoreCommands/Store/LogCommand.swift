public import ArgumentParser
import LocalStore
import StoreDatabase
import StoreModel

/// `log`: what builders printed.
public struct LogCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Print the build log of derivations or of their outputs.",
        discussion: """
            The log of the last build is kept, also when it failed. --json tells of every build that \
            was tried here instead: when, how long, how much CPU and memory, how it ended.

            Example:
              nodeos-store log barebones.drv | less
              nodeos-store log --json barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Argument(help: "Derivations, outputs, or links to them.", completion: .file())
    var paths: [String]

    /// The command without arguments.
    public init() {}

    /// Prints the logs, one after the other.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let paths = try StoreArgument(layout: store.layout, context: context).paths(paths)
        if output.json {
            let answer = BuildRecordAnswer(
                records: try paths.flatMap { path in
                    try (path.isDerivation ? [path] : store.database.validDerivers(of: path)).map {
                        (
                            store.storeDirectory.path(of: $0),
                            try store.database.buildRecords(of: $0)
                        )
                    }
                })
            return try output.print(answer, to: context.output)
        }
        var sink = CommandOutput.Sink(output: context.output)
        for path in paths {
            try store.readLog(of: path, into: &sink)
        }
    }
}
