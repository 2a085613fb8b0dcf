public import ArgumentParser
import LocalStore

/// `log`: what builders printed.
public struct LogCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Print the build log of derivations or of their outputs.",
        discussion: """
            The log of the last build is kept, also when it failed.

            Example:
              nodeos-store log barebones.drv | less
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @Argument(help: "Derivations, outputs, or links to them.", completion: .file())
    var paths: [String]

    /// The command without arguments.
    public init() {}

    /// Prints the logs, one after the other.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        var sink = CommandOutput.Sink(output: context.output)
        for path in try StoreArgument(layout: store.layout, context: context).paths(paths) {
            try store.readLog(of: path, into: &sink)
        }
    }
}
