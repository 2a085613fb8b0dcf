package import ArgumentParser
import Primitives
import Recipes

/// `recipe`: recipe files, to write and to look at.
package struct RecipeCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "recipe", abstract: "Write, check and show recipes of your own.",
        discussion: """
            A recipe is a folder with a recipe.toml and what that names: scripts, patches. Commands \
            that take a recipe's name take the folder too. docs/manual/recipes.md describes it.
            """,
        subcommands: [
            RecipeNewCommand.self, RecipeUpdateCommand.self, RecipeCheckCommand.self,
            RecipeShowCommand.self,
            RecipeSchemaCommand.self,
        ])

    /// The command without arguments.
    package init() {}
}

/// `recipe schema`: for editors.
package struct RecipeSchemaCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON schema of recipe files, for editors.",
        discussion: """
            Editors that know TOML (Even Better TOML, taplo, tombi) take it from a line at the top of a \
            recipe: '#:schema ../recipe.schema.json'.

            Example:
              nodeos-store recipe schema > recipe.schema.json
            """)

    /// Nothing printed yet.
    package init() {}

    /// Prints it.
    package func run(in context: CommandContext) async throws {
        try context.output.write(RecipeFile.schema)
    }
}
