package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreModel

/// `why-rebuild`: what changed between two derivations.
package struct WhyRebuildCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "why-rebuild",
        abstract: "Say why a derivation is not the one it was: the first inputs that differ.",
        discussion: """
            Follows inputs of the same name from one derivation to the other, and tells what they \
            state differently themselves: words of variables and arguments, lines of scripts, hashes \
            of sources. What differs only because of these is counted. Fixed outputs that are fetched \
            from elsewhere but have the same hash cause nothing, and are told apart.

            Example:
              nodeos-store why-rebuild old-barebones.drv barebones.drv
              nodeos-store why-rebuild --json old-barebones.drv barebones.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @OptionGroup
    var derivations: DerivationPair

    /// The command without arguments.
    package init() {}

    /// Compares and prints.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let (first, second) = try derivations.paths(in: store, context)
        let reasons = try RebuildReasons(
            of: first, second, derivation: { try store.derivations.derivation($0) },
            source: { try StoreQuery(store: store).smallText($0) })
        try output.print(
            WhyRebuildAnswer(reasons: reasons, store: store.storeDirectory), to: context.output)
    }
}

/// What `why-rebuild` answers.
struct WhyRebuildAnswer: CommandAnswer {
    let reasons: RebuildReasons
    let store: StoreDirectory

    var json: JSONValue {
        .object([
            "rebuilds": .bool(reasons.rebuilds), "consequences": .count(reasons.followers.count),
            "causes": .array(reasons.causes.map(json)),
            "harmless": .array(reasons.harmless.map(json)),
        ])
    }

    private func json(_ pair: RebuildReasons.Pair) -> JSONValue {
        .object([
            "first": .string(store.path(of: pair.first)),
            "second": .string(store.path(of: pair.second)),
            "chain": .strings(pair.chain),
            "differences": .array(pair.differences.map { DerivationDifferenceText.json($0) }),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var text: StyledText = ""
        if reasons.rebuilds {
            text += "rebuilt because of \(counted(reasons.causes.count, "derivation"))"
            if !reasons.followers.isEmpty {
                text +=
                    "; \(counted(reasons.followers.count, "other")) only because of what they need"
            }
            text += ":\n"
        } else {
            text += "not rebuilt: the outputs are the same\n"
        }
        for pair in reasons.causes { text += "\n" + lines(pair, output) }
        if !reasons.harmless.isEmpty {
            text += "\nno reason to rebuild, since the hash of what they make is fixed:\n"
            for pair in reasons.harmless { text += "\n" + lines(pair, output) }
        }
        return text
    }

    private func lines(_ pair: RebuildReasons.Pair, _ output: CommandOutput) -> StyledText {
        let name = output.coloured(pair.chain.last ?? "", "1")
        var text: StyledText = "\(name)\(needed(by: pair.chain))\n"
        for difference in pair.differences {
            text += DerivationDifferenceText.lines(difference, output)
        }
        return text
    }

    /// The way from the cause to the goal; of a long one, both ends.
    private func needed(by chain: [String]) -> String {
        var users = Array(chain.dropLast().reversed())
        guard !users.isEmpty else { return "" }
        if users.count > 4 {
            let skipped = users.count - 3
            users.replaceSubrange(2..<(2 + skipped), with: ["… \(skipped) more …"])
        }
        return ", needed by " + users.joined(separator: ", by ")
    }

    private func counted(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }
}
