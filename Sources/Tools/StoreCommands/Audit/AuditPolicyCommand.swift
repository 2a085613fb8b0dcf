package import ArgumentParser
import Audits
import LocalStore
import Primitives
import Reproduction
import StoreModel
import SystemSupport

/// `audit policy`: do enough named builders agree?
package struct AuditPolicyCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Ask whether k of n named builders agree, and say who said what.",
        discussion: """
            The policy (docs/formats/policy.md) names builders by their keys, and how many of \
            them must say the same of which paths. What counts are signed manifests, and signed \
            paths of binary caches. What is valid in this store must be what they agree on. \
            Asked are the outputs of the paths, or without paths all that the manifests tell of.

            Exit status 0: enough builders agree on every path. 2: some disagree, or what is \
            here is something else. 3: too few say anything, or no rule is about a path.

            Example:
              nodeos-store audit policy policy.json --manifest alice.json --manifest bob.json barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Option(
        name: .customLong("manifest"),
        help: ArgumentHelp("A signed manifest: a file or URL; repeatable.", valueName: "manifest"),
        completion: .file())
    var manifests: [String] = []

    @Option(
        help: ArgumentHelp(
            "URLs of binary caches, separated by spaces; repeatable.", valueName: "urls"))
    var substituters: [String] = []

    @Flag(help: "Also everything that the paths refer to, as far as it is here.")
    var closure = false

    @Flag(name: .shortAndLong, help: "Say who said what of paths that are agreed on, too.")
    var verbose = false

    @Argument(help: "The policy.", completion: .file())
    var policy: String

    @Argument(
        help: "Store paths or links to them; a .drv stands for its outputs.",
        completion: .recipesOrFiles)
    var paths: [String] = []

    /// The command without arguments.
    package init() {}

    /// Refuses to judge without witnesses.
    package func validate() throws {
        guard !(manifests + substituters).isEmpty else {
            throw ValidationError("Name who is asked: --manifest or --substituters.")
        }
        guard !manifests.isEmpty || !paths.isEmpty else {
            throw ValidationError("A cache does not tell what it has: name store paths.")
        }
    }

    /// Judges and prints the answer.
    package func run(in context: CommandContext) async throws {
        let bytes = try FileBytes.read(
            path: context.absolute(policy), limit: AgreementPolicy.maximumSize)
        let policy = try AgreementPolicy(parsing: bytes, from: policy)
        let localStore = try store.open(context)
        let sides = SideArgument(trusting: [], context)
        let answer = try await AgreementQuestions(localStore, tool: AuditManifestCommand.tool)
            .agreement(
                by: policy, on: StoreArgument(localStore, context).paths(paths), closure: closure,
                manifests.map(sides.manifest),
                SideArgument.caches(substituters, localStore.storeDirectory, context))
        try output.print(
            AgreementText(answer: answer, isVerbose: verbose), to: context.output)
        if answer.count(.disputed) > 0 { throw SilentExit(.mismatch) }
        guard answer.isAgreed else { throw SilentExit(.inconclusive) }
    }
}

/// The answer with its form for people.
private struct AgreementText: CommandAnswer {
    let answer: AgreementAnswer
    let isVerbose: Bool

    var json: JSONValue { answer.json }

    func text(for output: CommandOutput) -> StyledText {
        var lines: [StyledText] = answer.remarks.map { "note: \($0)" }
        for item in answer.items where isVerbose || item.kind != .agreed {
            lines += text(of: item, output)
        }
        let counts =
            "\(answer.items.count) paths: \(answer.count(.agreed)) agreed, "
            + "\(answer.count(.disputed)) disputed, \(answer.count(.lacking)) with too few words, "
            + "\(answer.count(.unruled)) without a rule"
        lines.append(
            output.coloured(
                counts,
                answer.isAgreed ? "32" : answer.count(.disputed) > 0 ? "1;31" : "33"))
        return lines.lines
    }

    private func text(of item: AgreementAnswer.Item, _ output: CommandOutput) -> [StyledText] {
        let path = answer.header.store.path(of: item.path)
        guard let rule = item.rule else { return ["no rule: \(path)"] }
        let title = "\(item.kind.rawValue): \(path)"
        var lines: [StyledText] = [
            item.kind == .disputed ? output.coloured(title, "1;31") : StyledText(title),
            "  \(item.agreeing) of the \(rule.count) that must agree, of \(rule.builders.joined(separator: ", "))",
        ]
        lines += item.words.map { "  \($0.builder): \($0.narHash.prefixedNix32), \($0.origin)" }
        if let here = item.here { lines.append("  here: \(here.prefixedNix32)") }
        return lines
    }
}
