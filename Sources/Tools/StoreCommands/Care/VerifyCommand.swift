package import ArgumentParser
import LocalStore
import NodeosStore
import Primitives
import StoreDatabase
import StoreModel
import SystemSupport

/// `verify`: look for damage.
package struct VerifyCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look for paths that are gone, altered or unknown, and a damaged database.",
        discussion: """
            Prints a line for each finding. The exit status is 1 when something valid is damaged; \
            what killed processes left is listed, but is no damage: `gc` removes it. Builds may run \
            meanwhile.

            With --check-contents, every path is read and compared with its hash, and the mode, \
            owner, time and extended attributes of every file with those of a store item.

            With --repair, what is damaged is made whole: metadata in place, contents from the places of --from, from the \
            recipes of this program, from a repaired file that it shares, or by building or \
            fetching it again. Nothing is taken that has not the registered hash. The exit status \
            is then 0 when everything could be repaired.

            Examples:
              nodeos-store verify
              nodeos-store verify --check-contents --json
              nodeos-store verify --check-contents --repair --from /mnt/backup/nodeos/store
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(
        help: "Read every path, compare its hash, look at its files' metadata; uses all processors."
    )
    var checkContents = false

    @Flag(help: "Make whole what is damaged.")
    var repair = false
    @OptionGroup
    var sources: RepairOptions
    @OptionGroup(title: "Building, for --repair")
    var building: BuildOptions

    @Argument(
        help: "Read and compare only these paths, as `nix-store --verify-path`; else the store.",
        completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Verifies, repairs and prints the findings.
    package func run(in context: CommandContext) async throws {
        let session = try store.session(context, repair ? .writing : .reading)
        let store = session.store
        let only = try StoreArgument(store, context, recipes: .outputs).paths(paths)
        let workers = checkContents || !only.isEmpty ? try Processors.workers() : 1
        let findings =
            only.isEmpty
            ? try await session.verify(checksContents: checkContents, workers: workers)
            : try await session.verifyContents(of: only, workers: workers)
        let answer = VerificationAnswer(
            count: only.isEmpty ? try store.database.validPathCount() : only.count,
            findings: findings,
            directory: store.storeDirectory)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary)
        var isDamaged = findings.contains(where: \.isDamage)
        if repair, isDamaged {
            isDamaged = try await !sources.repair(findings, in: store, building, context)
        }
        if isDamaged { throw SilentExit(.failure) }
    }
}

/// What `verify` or `db check` found.
struct VerificationAnswer: CommandAnswer {
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
                        "reason": .string($0.reason + Hints.remedy($0)),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        findings.map { "\($0.kind.rawValue): \(full($0.name)): \($0.reason)\(Hints.remedy($0))\n" }
            .joined()
    }
}
