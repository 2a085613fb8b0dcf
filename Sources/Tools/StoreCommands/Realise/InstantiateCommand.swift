package import ArgumentParser
import LocalStore
import Primitives
import Recipes
import StoreModel
import SystemSupport

/// `instantiate`: a recipe becomes derivations in the store.
package struct InstantiateCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "instantiate",
        abstract: "Turn recipes into derivations; print their store paths.",
        discussion: """
            Nothing is built or fetched. The same recipe gives the same store path on any machine. A \
            recipe of your own is named by its file, or by the folder that holds its recipe.toml, \
            here and wherever a recipe can be named; './hello#check' is its check. \
            docs/manual/recipes.md describes the files.

            Examples:
              nodeos-store instantiate barebones-preview -o barebones.drv
              nodeos-store instantiate ./hello
              nodeos-store instantiate --list
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Flag(name: .shortAndLong, help: "List the recipes.")
    var list = false

    @Option(help: "The processor to build for: x86_64, i686, aarch64 or armv7.")
    var cpu = CPU.x8664

    @Option(
        name: [.customShort("o"), .customLong("output-link")],
        help: ArgumentHelp(
            "Make <link> point to the derivation and keep it from being collected.",
            discussion: "More recipes get <link>-2, <link>-3 and so on.", valueName: "link"),
        transform: PlaceArgument.file)
    var outputLink: String?

    @Argument(
        help: ArgumentHelp("Recipes by name, file or folder.", valueName: "name"),
        completion: .recipesOrFiles)
    var names: [String] = []

    /// Nothing to instantiate yet.
    package init() {}

    /// Refuses a call that asks for nothing.
    package func validate() throws {
        guard list || !names.isEmpty else {
            throw ValidationError("Name a recipe; --list shows them.")
        }
    }

    /// Does the work.
    package func run(in context: CommandContext) async throws {
        let recipes = try RecipeSet(context)
        if list {
            return try output.print(
                RecipesAnswer(recipes: recipes.all(for: cpu)), to: context.output)
        }
        let directory = try store.storeDirectory(context)
        let found = try recipes.require(names, for: cpu, in: directory)
        try found.warn(context)
        let lowered = found.graph
        let localStore = try store.openOrMake(context)
        try localStore.add(lowered)
        if let outputLink {
            for (index, goal) in lowered.goals.enumerated() {
                let link =
                    try PlainPath.of(context.absolute(outputLink))
                    + (index == 0 ? "" : "-\(index + 1)")
                try localStore.addIndirectRoot(link: link, to: goal)
            }
        }
        try output.print(
            PathsAnswer(paths: lowered.goals.map(directory.path(of:))), to: context.output)
    }
}

extension CPU: ExpressibleByArgument {}

/// The recipes, a line each.
private struct RecipesAnswer: CommandAnswer {
    let recipes: [Recipe]

    var json: JSONValue {
        .object([
            "recipes": .array(
                recipes.map {
                    .object([
                        "name": .string($0.name), "version": .optional($0.version),
                        "summary": .string($0.summary),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> String {
        let width = recipes.map(\.name.count).max() ?? 0
        return recipes.map { recipe in
            let name = recipe.name + String(repeating: " ", count: width - recipe.name.count)
            return "\(name)  \(recipe.summary)\n"
        }.joined()
    }
}
