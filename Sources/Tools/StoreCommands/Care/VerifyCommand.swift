public import ArgumentParser
import Glibc
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

/// `verify`: look for damage.
public struct VerifyCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look for paths that are gone, altered or unknown, and a damaged database.",
        discussion: """
            Prints a line for each finding. The exit status is 1 when something valid is damaged; \
            what killed processes left is listed, but is no damage: `gc` removes it. Nothing is \
            changed, and builds may run meanwhile.

            Examples:
              nodeos-store verify
              nodeos-store verify --check-contents --json
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(help: "Read every path and compare its hash; uses all processors.")
    var checkContents = false

    /// The command without arguments.
    public init() {}

    /// Verifies and prints the findings.
    public func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let findings = try await store.verify(
            checksContents: checkContents,
            workers: max(1, min(64, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))))
        let answer = VerificationAnswer(
            count: try store.database.allValidPaths().count, findings: findings,
            directory: store.storeDirectory)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary)
        if findings.contains(where: \.isDamage) { throw SilentExit(.failure) }
    }
}

/// What `verify` found.
private struct VerificationAnswer: CommandAnswer {
    let count: Int
    let findings: [VerificationFinding]
    let directory: StoreDirectory

    /// One line for people.
    var summary: String {
        let damaged = findings.count(where: \.isDamage)
        let leftovers = findings.count - damaged
        return "\(count) valid paths: "
            + (damaged == 0 ? "no damage" : "\(damaged) \(damaged == 1 ? "problem" : "problems")")
            + (leftovers == 0 ? "" : ", \(leftovers) left by killed processes")
    }

    private func full(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(directory)/\(name)"
    }

    var json: JSONValue {
        .object([
            "validPaths": .count(count),
            "findings": .array(
                findings.map {
                    .object([
                        "kind": .string($0.kind.rawValue), "path": .string(full($0.name)),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        findings.map { "\($0.kind.rawValue): \(full($0.name)): \($0.reason)\n" }.joined()
    }
}
