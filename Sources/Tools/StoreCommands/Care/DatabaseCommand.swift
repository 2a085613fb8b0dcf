package import ArgumentParser
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// `db`: the database itself.
package struct DatabaseCommand: ParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Check the database, or make it again.",
        subcommands: [DatabaseCheckCommand.self, DatabaseRebuildCommand.self])

    /// The command without arguments.
    package init() {}
}

/// `db check`: compare the database with the registrations kept beside it.
package struct DatabaseCheckCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare the database with itself and with the registrations beside it.",
        discussion: """
            Every valid path has a registration, a small text file, from which `db rebuild` makes \
            the database again. Prints a line for each difference; the exit status is 1 when there \
            is one. With --repair, registrations are written as the database has them, unless the \
            database itself is damaged.

            Examples:
              nodeos-store db check
              nodeos-store db check --repair
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(help: "Write the registrations that are missing or differ.")
    var repair = false

    /// The command without arguments.
    package init() {}

    /// Compares and prints the findings.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context, mayWrite: repair)
        let findings = try store.checkDatabase(repairs: repair)
        let answer = VerificationAnswer(
            count: try store.database.validPathCount(), findings: findings,
            directory: store.storeDirectory)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary)
        let rest = repair ? try store.checkDatabase() : findings
        if repair, !findings.isEmpty {
            try context.errorOutput.print(
                "\(findings.count - rest.count) written anew, \(rest.count) left")
        }
        if rest.contains(where: \.isDamage) { throw SilentExit(.failure) }
    }
}

/// `db rebuild`: make a database that is lost or damaged again.
package struct DatabaseRebuildCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the database again, from the store directory and the registrations.",
        discussion: """
            Reads every path and makes those valid whose contents are what their registration \
            states, or are proven by the path itself: derivations, texts, sources, fixed outputs. \
            What could not be restored is printed, with the reason, and the exit status is then 1. \
            The old database need not be readable; it is kept beside the new one. No other process \
            may use the store meanwhile.

            Outputs of builds without a registration are left out: nothing proves their contents. \
            They are built again when they are needed, or made valid as they are with --infer.

            Examples:
              nodeos-store db rebuild --dry-run
              nodeos-store db rebuild
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be restored, change nothing.")
    var dryRun = false
    @Flag(help: "Make valid as it is what nothing proves; references are searched for.")
    var infer = false

    /// The command without arguments.
    package init() {}

    /// Rebuilds and prints what was lost.
    package func run(in context: CommandContext) async throws {
        let layout = try store.layout(context)
        let report = try await DatabaseRebuild(layout, infers: infer)
            .run(isDryRun: dryRun, workers: try Processors.workers())
        let answer = DatabaseRebuildAnswer(
            report: report, directory: layout.storeDirectory, isDryRun: dryRun)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(
            context.errorOutput.hints.completed(answer.summary))
        if !report.losses.isEmpty { throw SilentExit(.failure) }
    }
}

/// What `db rebuild` restored, and what it could not.
struct DatabaseRebuildAnswer: CommandAnswer {
    let report: DatabaseRebuildReport
    let directory: StoreDirectory
    let isDryRun: Bool

    /// Lines for people.
    var summary: String {
        let restored = isDryRun ? "would be restored" : "restored"
        var lines = [
            "\(report.origins.count) paths \(restored): \(report.count(.registration)) from their "
                + "registrations, \(report.count(.proven)) proven by themselves, "
                + "\(report.count(.inferred)) as they are"
        ]
        let lost = report.losses.count { !$0.isValid }
        let damaged = report.losses.count - lost
        if lost > 0 { lines.append("\(lost) \(isDryRun ? "would be " : "")lost") }
        if damaged > 0 {
            lines.append(
                "\(damaged) altered; repair them with 'nodeos-store verify --check-contents "
                    + "--repair'")
        }
        if let loss = report.historyLoss {
            lines.append("build times, origins and times of last use are lost: \(loss)")
        }
        if let copy = report.copy { lines.append("the old database is kept at '\(copy)'") }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            "restored": .object(
                Dictionary(
                    uniqueKeysWithValues: DatabaseRebuildReport.Origin.allCases.map { origin in
                        let paths = report.origins.filter { $0.value == origin }.keys.sorted()
                        return (origin.rawValue, .strings(paths.map(directory.path(of:))))
                    })),
            "losses": .array(
                report.losses.map {
                    .object([
                        "path": .string(directory.path(of: $0.path)),
                        "reason": .string($0.reason), "valid": .bool($0.isValid),
                    ])
                }),
            "copy": report.copy.map { .string($0) } ?? .null,
            "historyLoss": report.historyLoss.map { .string($0) } ?? .null,
        ])
    }

    func text(for output: CommandOutput) -> String {
        report.losses.map {
            "\($0.isValid ? "altered" : "lost"): \(directory.path(of: $0.path)): \($0.reason)\n"
        }.joined()
    }
}
