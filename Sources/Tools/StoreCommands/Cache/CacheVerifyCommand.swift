package import ArgumentParser
import Giving
import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// `cache verify`: look for damage in a cache directory.
package struct CacheVerifyCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look for narinfos, NARs and closures that are not what they should be.",
        discussion: """
            Reads every NAR and compares it with what its narinfo says. Prints a line for each \
            finding: malformed, missing, altered, incomplete (what a path refers to is not there), \
            unsigned (with --trusted-key), leftover. The exit status is 1 when there is damage; \
            leftovers are none: 'cache gc' removes them.

            Example:
              nodeos-store cache verify /srv/cache --trusted-key cache.pub
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .customLong("trusted-key"),
        help: ArgumentHelp(
            "One of these public keys (NAME:BASE64, or a file of keys) must have signed each path.",
            discussion: "Repeatable. What its name proves needs none.", valueName: "key"))
    var trustedKeys: [String] = []

    @Flag(inversion: .prefixedNo, help: "Read the NARs.")
    var checkContents = true

    @Argument(help: "The cache's directory.", completion: .directory)
    var directory: String

    /// The command without arguments.
    package init() {}

    /// Verifies and prints the findings.
    package func run(in context: CommandContext) async throws {
        let storeDirectory = try store.storeDirectory(context)
        let keys = try trustedKeys.flatMap {
            try KeyFile.publicKeys($0, orIn: context.absolute($0))
        }
        let path = try CacheDirectoryArgument.path(directory, context)
        let cache = try CacheDirectory(
            opening: path, for: storeDirectory, .shared, mustLock: false)
        let (workers, readsNARs) = (try Processors.workers(), checkContents)
        let (count, findings) = try await Interruption.cancellingOnSignals {
            try await cache.verify(
                for: storeDirectory, trusting: keys, readsNARs: readsNARs, workers: workers)
        }
        let answer = CacheVerificationAnswer(count: count, findings: findings)
        try output.print(answer, to: context.output)
        try context.errorOutput.print(answer.summary)
        if findings.contains(where: \.isDamage) { throw SilentExit(.failure) }
    }
}

/// What `cache verify` found.
private struct CacheVerificationAnswer: CommandAnswer {
    let count: Int
    let findings: [CacheFinding]

    /// One line for people.
    var summary: String {
        let damaged = findings.count(where: \.isDamage)
        let leftovers = findings.count - damaged
        return "\(count) \(count == 1 ? "path" : "paths"): "
            + (damaged == 0 ? "no damage" : "\(damaged) \(damaged == 1 ? "problem" : "problems")")
            + (leftovers == 0 ? "" : ", \(leftovers) files that nothing names")
    }

    var json: JSONValue {
        .object([
            "paths": .count(count),
            "findings": .array(
                findings.map {
                    .object([
                        "kind": .string($0.kind.rawValue), "name": .string($0.name),
                        "reason": .string($0.reason),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        findings.map { "\($0.kind.rawValue): \($0.name): \($0.reason)\n" }.joined()
    }
}
