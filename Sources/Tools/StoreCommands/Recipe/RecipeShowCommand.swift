package import ArgumentParser
import Primitives
import Recipes
import StoreModel

/// `recipe show`: what a recipe says, and what it becomes.
package struct RecipeShowCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a recipe is and what it becomes.",
        discussion: """
            Name, version, licence, sources, tools, outputs and store paths, of a recipe of your own or of \
            one of NodeOS.

            Example:
              nodeos-store recipe show ./hello
              nodeos-store recipe show --json zlib-final
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Option(help: "The processor to build for: x86_64, i686, aarch64 or armv7.")
    var cpu = CPU.x8664

    @Argument(help: "A recipe by file, folder or name.", completion: .recipesOrFiles)
    var recipe: String

    /// Nothing shown yet.
    package init() {}

    /// Shows it.
    package func run(in context: CommandContext) async throws {
        let directory = try store.storeDirectory(context)
        let (package, lowered) = try RecipeSet(context).package(recipe, for: cpu, in: directory)
        try output.print(
            ShownRecipe(package: package, lowered: lowered, directory: directory),
            to: context.output)
    }
}

private struct ShownRecipe: CommandAnswer {
    let package: Package
    let lowered: LoweredGraph
    let directory: StoreDirectory

    /// The derivation itself: the last one, behind its inputs.
    private var item: LoweredGraph.Item? {
        lowered.derivations.first { $0.path == lowered.goals[0] }
    }

    private var outputs: [(String, String)] {
        package.outputs.compactMap { name in
            item?.derivation.outputs[name]?.path.map { (name, directory.path(of: $0)) }
        }
    }

    /// The derivations that it needs directly, sorted by name.
    private var inputs: [LoweredGraph.Item] {
        lowered.derivations.filter { item?.derivation.inputDerivations[$0.path] != nil }
            .sorted { ($0.derivation.name, $0.path) < ($1.derivation.name, $1.path) }
    }

    var json: JSONValue {
        .object([
            "name": .string(package.fullName), "version": .optional(package.version),
            "summary": .optional(package.summary), "licence": .optional(package.about.licence),
            "homepage": .optional(package.about.homepage),
            "supplier": .optional(package.about.supplier),
            "derivation": .string(directory.path(of: lowered.goals[0])),
            "outputs": .object(
                Dictionary(uniqueKeysWithValues: outputs.map { ($0.0, .string($0.1)) })),
            "inputs": .strings(inputs.map { directory.path(of: $0.path) }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var rows: [(String, String)] = [("name", package.fullName)]
        if let version = package.version { rows.append(("version", version)) }
        if let summary = package.summary { rows.append(("summary", summary)) }
        if let licence = package.about.licence { rows.append(("licence", licence)) }
        if let homepage = package.about.homepage { rows.append(("homepage", homepage)) }
        if let supplier = package.about.supplier { rows.append(("supplier", supplier)) }
        rows.append(("derivation", directory.path(of: lowered.goals[0])))
        rows += outputs.map { ("output \($0.0)", $0.1) }
        rows += inputs.map { ("needs", $0.derivation.name) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { row in
            row.0 + String(repeating: " ", count: width + 2 - row.0.count) + row.1 + "\n"
        }.joined()
    }
}
