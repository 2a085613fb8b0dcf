package import ArgumentParser
import LocalStore
import StoreDatabase
import StoreModel

/// `log`: what builders printed.
package struct LogCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Print the build log of derivations or of their outputs.",
        discussion: """
            Of a build that is running, what it has printed so far; --follow goes on until it ends. \
            Else the log of the last build, also when it failed. --json tells of every build that \
            was tried here instead: when, how long, how much CPU and memory, how it ended. To a pipe or \
            file go the builder's bytes; on a terminal its colours stay, and everything else that would \
            steer the terminal is spelled out.

            Example:
              nodeos-store log barebones.drv | less
              nodeos-store log --follow node-final
              nodeos-store log --json barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Flag(name: .shortAndLong, help: "Wait for what a running build has still to print.")
    var follow = false

    @Argument(
        help: "Derivations, outputs, links to them, or recipes.", completion: .recipesOrFiles)
    var paths: [String]

    /// The command without arguments.
    package init() {}

    /// Refuses to follow records.
    package func validate() throws {
        if follow, output.json { throw ValidationError("--follow is for logs, not for --json") }
    }

    /// Prints the logs, one after the other.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let paths = try StoreArgument(store, context, recipes: .anyDerivation).paths(paths)
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
        var sink = CommandOutput.Sink(context.output, isLog: true)
        for path in paths {
            do {
                let state = try store.readLog(of: path, into: &sink, follows: follow)
                try report(state, of: path, context)
            } catch LocalStoreError.missingLog(path) {
                throw StoreCommandsError.notFound(
                    "there is no build log of '\(path)' in this store: "
                        + Self.words(try store.logAbsence(of: path)))
            }
        }
        try sink.finish()
    }

    /// Says on standard error when what was printed is not all.
    private func report(
        _ state: BuildLogState, of path: StorePath, _ context: CommandContext
    ) throws {
        switch state {
        case .whole: break
        case .running:
            try context.errorOutput.print(
                "'\(path)' is still running: this is what it has printed so far (--follow goes on)")
        case .brokenOff:
            try context.errorOutput.print(
                "the build of '\(path)' was killed: this is what it had printed")
        }
    }

    private static func words(_ absence: LogAbsence) -> String {
        switch absence {
        case .neverBuilt: "it was never built here"
        case .fetched(let url): "it was fetched from '\(url)', not built here"
        case .lost: "its outputs were made here, but the log is gone"
        case .broughtHere:
            "its outputs were brought here (by import, copy or from a cache), not built"
        }
    }
}
