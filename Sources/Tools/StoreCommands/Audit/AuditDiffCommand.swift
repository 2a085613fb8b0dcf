import Archives
package import ArgumentParser
import Audits
import Primitives
import Realisation

/// `audit diff`: where two trees differ, and why probably.
package struct AuditDiffCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say where two store paths, trees or NARs differ, and what probably made it.",
        discussion: """
            Compares names, kinds, contents, the right to execute and the targets of links. Of \
            files that differ it shows the bytes, of ELF files the section, of archives the \
            member, and names a likely cause. As with `diff`, the exit status is 0 when they are \
            equal, 1 when they are not, 2 for trouble. See docs/manual/comparing.md.

            Examples:
              nodeos-store audit diff /nodeos/store/…-hello ./kept/…-hello.check
              nodeos-store audit diff --diff diffoscope first.nar second.nar
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(name: .customLong("diff"), help: DiffChoice.help)
    var choice = DiffChoice.simple

    @Option(help: "How many differences are shown; all are counted.")
    var limit = 50

    @Argument(help: "A store path, file, directory or NAR.", completion: .file())
    var first: String
    @Argument(help: "What to compare it with.", completion: .file())
    var second: String

    /// The command without arguments.
    package init() {}

    /// Refuses numbers that mean nothing.
    package func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    /// Compares and prints.
    package func run(in context: CommandContext) async throws {
        let isEqual: Bool
        do {
            isEqual = try await compare(context)
        } catch let error as ArchivesError {
            try trouble(error, context)
        } catch let error as StoreCommandsError where error.isTrouble {
            try trouble(error, context)
        }
        guard isEqual else { throw SilentExit(.failure) }
    }

    private func compare(_ context: CommandContext) async throws -> Bool {
        let layout = try store.layout(context)
        let one = try TreeArgument(first, layout, context)
        let other = try TreeArgument(second, layout, context)
        let report = try DifferenceReport(
            comparing: TreeLocation(one.path), with: TreeLocation(other.path), limit: limit,
            looksInside: choice == .simple)
        if case .program(let program) = choice, !report.isEmpty {
            try await show(one.path, other.path, program, context)
        } else {
            try output.print(DiffAnswer(report: report), to: context.output)
        }
        return report.isEmpty
    }

    /// Runs the user's program on both trees.
    private func show(
        _ one: String, _ other: String, _ program: String, _ context: CommandContext
    ) async throws {
        let hook = DiffHook(
            program: program.contains("/") ? context.absolute(program) : program,
            environment: context.environment)
        try await Interruption.cancellingOnSignals {
            var failure: (any Error)?
            await hook.run([one, other]) { line in
                do { try context.output.print(String(systemBytes: line)) } catch {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
            try Task.checkCancellation()
        }
    }

    private func trouble(_ error: any Error, _ context: CommandContext) throws -> Never {
        let label = context.errorOutput.coloured("error:", "1;31")
        try context.errorOutput.print("\(label) \(error)" as StyledText)
        throw SilentExit(.usage)
    }
}

extension StoreCommandsError {
    /// Whether something could not be read, and somebody is left to be told.
    fileprivate var isTrouble: Bool {
        if case .outputClosed = self { false } else { true }
    }
}

/// The report in both forms.
private struct DiffAnswer: CommandAnswer {
    let report: DifferenceReport

    var json: JSONValue { report.json }

    func text(for output: CommandOutput) -> String {
        (report.lines + (report.summary.map { [$0] } ?? [])).map { $0 + "\n" }.joined()
    }
}
