public import ArgumentParser
import LocalStore
import StoreDatabase
import StoreModel

/// `db check`: compare the database with the registrations kept beside it.
public struct DatabaseCheckCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
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
    public init() {}

    /// Compares and prints the findings.
    public func run(in context: CommandContext) async throws {
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
