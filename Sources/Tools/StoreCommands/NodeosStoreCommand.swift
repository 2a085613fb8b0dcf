package import ArgumentParser
import NodeosStore
import Realisation
import SystemSupport

/// `nodeos-store`, the command.
package struct NodeosStoreCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "nodeos-store",
        abstract: "A content-addressed derivation store, and NodeOS built with it.",
        discussion: """
            Build a system that answers:
              nodeos-store instantiate barebones-preview -o barebones.drv
              nodeos-store realise barebones.drv

            Answers go to standard output, everything else to standard error. The exit status is \
            0, or 100 when a build failed, 101 when it timed out, 102 when a hash did not match, \
            104 when a build was not deterministic (several: or-ed), 2 for a wrong command line, \
            1 for the rest.
            """,
        version: "0.1.0",
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "Build",
                subcommands: [
                    InstantiateCommand.self, RealiseCommand.self, ShellCommand.self,
                    SourcesCommand.self, RecipeCommand.self,
                ]),
            CommandGroup(name: "Derivation", subcommands: [DerivationCommand.self]),
            CommandGroup(
                name: "File",
                subcommands: [
                    AddCommand.self, HashCommand.self, DumpCommand.self, RestoreCommand.self,
                    CatCommand.self, ListCommand.self,
                ]),
            CommandGroup(
                name: "Question",
                subcommands: [
                    QueryCommand.self, GraphCommand.self, SizeCommand.self, WhyDependsCommand.self,
                    WhyRebuildCommand.self, DiffClosuresCommand.self, LogCommand.self,
                    AuditCommand.self,
                ]),
            CommandGroup(
                name: "Care",
                subcommands: [
                    GcCommand.self, RootsCommand.self, VerifyCommand.self, OptimiseCommand.self,
                    DatabaseCommand.self, FailuresCommand.self, CacheCommand.self,
                    ConfigCommand.self,
                ]),
            CommandGroup(
                name: "Moving",
                subcommands: [
                    ExportCommand.self, ImportCommand.self, CopyCommand.self, PublishCommand.self,
                    SignCommand.self,
                    KeyCommand.self,
                ]),
            CommandGroup(
                name: "Help", subcommands: [DoctorCommand.self, CompletionsCommand.self]),
        ])

    @OptionGroup(title: "Store")
    var store: StoreOptions

    /// The command without arguments.
    package init() {}
}

extension NodeosStoreCommand {
    /// Parses `arguments` (without the program's name), runs the command and prints its error.
    ///
    /// - Returns: the exit status.
    package static func run(_ arguments: [String], in context: CommandContext) async -> ExitStatus {
        // This program as its own child inside the sandbox: no store, no options.
        if let status = BuiltinChild.answer(arguments) { return ExitStatus(rawValue: status) }
        var context = context
        do {
            let command = try parseAsRoot(arguments)
            // Whatever the command is: its store's options have this name.
            let store =
                Mirror(reflecting: command).descendant("_store") as? OptionGroup<StoreOptions>
            context.output.hints = StoreHints(store?.wrappedValue)
            context.recipes = store?.wrappedValue.recipes
            context.errorOutput.hints = context.output.hints
            try Processors.requireThread()
            if command is any StoreCommand { context = try context.withSettings() }
            switch command {
            case let command as any StoreCommand: try await command.run(in: context)
            case var command as any AsyncParsableCommand: try await command.run()
            case var command: try command.run()
            }
            return .success
        } catch {
            return report((error as? StoreError)?.underlying ?? error, arguments, in: context)
        }
    }

    private static func report(
        _ error: any Error, _ arguments: [String] = [], in context: CommandContext
    ) -> ExitStatus {
        let status = ExitStatus.of(error)
        switch error {
        case is SilentExit, is ExitCode, StoreCommandsError.outputClosed: break
        // Here and below: a standard error that takes nothing leaves nobody to tell.
        case is CancellationError: try? context.errorOutput.print("interrupted")
        default:
            let label = context.errorOutput.coloured("error:", "1;31")
            guard exitCode(for: error) != .failure else {
                let text = context.errorOutput.hints.completed(Hints.sentence(error))
                try? context.errorOutput.print("\(label) \(text)" as StyledText)
                break
            }
            var text = fullMessage(for: error, columns: context.output.columns)
            if let more = Mistyped.suggestion(arguments, message: text),
                let end = text.firstIndex(of: "\n"), status == .usage
            {
                let isSentence = text[..<end].hasSuffix(".")
                text.insert(contentsOf: isSentence ? " \(more)" : "; \(more)", at: end)
            }
            if status == .success {
                // Help that was asked for is an answer.
                do { if !text.isEmpty { try context.output.print(text) } } catch {
                    return report(error, in: context)
                }
            } else if text.hasPrefix("Error:") {
                try? context.errorOutput.print(
                    label + StyledText("\(text.dropFirst("Error:".count))"))
            } else if !text.isEmpty {
                try? context.errorOutput.print(text)
            }
        }
        return status
    }
}
