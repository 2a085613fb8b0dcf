package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreModel

/// `diff-closures`: what a new version of something brings along.
package struct DiffClosuresCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "diff-closures",
        abstract: "Compare two closures by packages, versions and sizes.",
        discussion: """
            A line for each package whose versions or size differ, as `nix store diff-closures` \
            prints them; `∅` stands for not there, `ε` for no version. Packages that were only built \
            anew are counted.

            Example:
              nodeos-store diff-closures ./result-old ./result
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Argument(help: "The store path as it was.", completion: .recipesOrFiles)
    var first: String
    @Argument(help: "The store path as it is now.", completion: .recipesOrFiles)
    var second: String

    /// The command without arguments.
    package init() {}

    /// Compares and prints.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let argument = StoreArgument(store, context, recipes: .outputs)
        let difference = try ClosureDifference(
            of: argument.path(first), argument.path(second), in: store)
        try output.print(ClosureDifferenceAnswer(difference: difference), to: context.output)
    }
}

/// What `diff-closures` answers.
private struct ClosureDifferenceAnswer: CommandAnswer {
    let difference: ClosureDifference

    var json: JSONValue {
        .object([
            "packages": .array(
                difference.packages.map { package in
                    .object([
                        "name": .string(package.name), "before": json(package.before),
                        "after": json(package.after), "growth": .integer(package.growth),
                    ])
                }),
            "rebuilt": .count(difference.rebuilt),
            "sizeBefore": .count(difference.sizes.before),
            "sizeAfter": .count(difference.sizes.after),
        ])
    }

    private func json(_ presence: ClosureDifference.Presence?) -> JSONValue {
        guard let presence else { return .null }
        return .object([
            "versions": .strings(presence.versions), "size": .count(presence.size),
            "paths": .count(presence.count),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var text: StyledText = ""
        for package in difference.packages {
            let (before, after) = (versions(package.before), versions(package.after))
            var words: [StyledText] = []
            if before != after { words.append("\(before) → \(after)") }
            if package.growth != 0 {
                let colour: StaticString = package.growth > 0 ? "31" : "32"
                words.append(output.coloured(signed(package.growth), colour))
            }
            text += "\(package.name): \(words.joined(separator: ", "))\n"
        }
        let (before, after) = difference.sizes
        let growth = Int64(clamping: after) - Int64(clamping: before)
        let rebuilt =
            difference.rebuilt == 0 ? "" : "; \(difference.rebuilt) more were only built anew"
        return text
            + "\(ByteCount(before)) → \(ByteCount(after)), \(signed(growth))\(rebuilt)\n"
    }

    private func versions(_ presence: ClosureDifference.Presence?) -> String {
        presence.map { presence in
            presence.versions.map { $0.isEmpty ? "ε" : $0 }.joined(separator: ", ")
        } ?? "∅"
    }

    private func signed(_ growth: Int64) -> String {
        (growth < 0 ? "-" : "+") + "\(ByteCount(growth.magnitude))"
    }
}
