package import ArgumentParser
import Primitives
import Recipes
import StoreModel

/// `recipe check`: what can be told about recipes without building them.
package struct RecipeCheckCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look for mistakes in recipes, without building anything.",
        discussion: """
            Reads the files, looks up all that they name, for every processor, and compares the variables \
            that scripts read with those that are set. Prints the derivation that each recipe becomes. \
            Exit status 1 when there is anything wrong or odd.

            Example:
              nodeos-store recipe check ./hello
              nodeos-store recipe check --recipes ~/recipes
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup
    var output: OutputOptions

    @Argument(
        help: "Recipes by file, folder or name; all of --recipes when none is named.",
        completion: .recipesOrFiles)
    var recipes: [String] = []

    /// Nothing checked yet.
    package init() {}

    /// Checks them, and prints what they become.
    package func run(in context: CommandContext) async throws {
        let set = try RecipeSet(context)
        let names = recipes.isEmpty ? set.files.folders.named.keys.sorted() : recipes
        guard !names.isEmpty else {
            throw ValidationError("Name a recipe, or the folder of all with --recipes.")
        }
        let directory = try store.storeDirectory(context)
        var checked: [CheckedRecipe] = []
        var mistakes: [String] = []
        for name in names {
            do {
                let found = try set.require([name], in: directory)
                mistakes += found.warnings.filter { !mistakes.contains($0) }
                for cpu in CPU.allCases { try set.parse(name, for: cpu) }
                checked.append(
                    CheckedRecipe(
                        argument: name, derivation: directory.path(of: found.graph.goals[0])))
            } catch let error as RecipeFileError {
                mistakes += "\(error)".split(separator: "\n").map(String.init)
                    .filter { !mistakes.contains($0) }
            }
        }
        try output.print(CheckAnswer(checked: checked, mistakes: mistakes), to: context.output)
        for mistake in mistakes { try context.errorOutput.print(mistake) }
        if !mistakes.isEmpty { throw SilentExit(.failure) }
    }
}

private struct CheckedRecipe {
    let argument: String
    let derivation: String
}

private struct CheckAnswer: CommandAnswer {
    let checked: [CheckedRecipe]
    let mistakes: [String]

    var json: JSONValue {
        .object([
            "recipes": .array(
                checked.map {
                    .object(["recipe": .string($0.argument), "derivation": .string($0.derivation)])
                }),
            "mistakes": .strings(mistakes),
        ])
    }

    func text(for output: CommandOutput) -> String {
        checked.map { "\($0.argument)  \($0.derivation)\n" }.joined()
    }
}
