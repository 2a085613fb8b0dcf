package import ArgumentParser
import LocalStore
import Reproduction
import StoreModel

/// `audit challenge`: do binary caches serve what was built here?
package struct AuditChallengeCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "challenge",
        abstract: "Compare what was built here with what binary caches serve.",
        discussion: """
            As 'guix challenge': asks each cache for the hashes of store paths, without trusting \
            any and without downloading contents. Paths that are not in this store are compared \
            between the caches. A .drv stands for its outputs; without paths everything that was \
            built here is asked for.

            Exit status 0: everything matches. 2: something does not. 3: no mismatch, but not \
            everything could be compared. See docs/manual/agreement.md.

            Examples:
              nodeos-store audit challenge --substituters https://cache.example barebones.drv
              nodeos-store audit challenge --substituters file:///mnt/cache --closure ./result --verbose
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var trust: TrustedKeyOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "URLs of binary caches, separated by spaces; repeatable.", valueName: "urls"))
    var substituters: [String]

    @Flag(help: "Also everything that the paths refer to.")
    var closure = false

    @Flag(name: .shortAndLong, help: "List matches and everything that follows, too.")
    var verbose = false

    @Argument(help: "Store paths or links to them.", completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Asks the caches and prints the answer.
    package func run(in context: CommandContext) async throws {
        let localStore = try store.open(context)
        let goals = try StoreArgument(localStore, context).paths(paths)
        let comparison = try await AgreementQuestions(localStore, tool: AuditManifestCommand.tool)
            .challenge(
                SideArgument.caches(substituters, localStore.storeDirectory, context), on: goals,
                closure: closure, trusting: trust.keys(context))
        try ComparisonText(comparison, subjects: goals, isVerbose: verbose)
            .print(output, to: context)
    }
}
