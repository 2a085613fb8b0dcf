import Foundation
import Recipes
import Testing

/// The recipes that `docs/manual/recipes.md` shows.
@Suite struct RecipeManualTests {
    @Test func everyRecipeOfTheManualIsOne() throws {
        let page = ScriptTests.root.appending(path: "docs/manual/recipes.md")
        let parts = try String(contentsOf: page, encoding: .utf8).split(separator: "\n```")
        let recipes = parts.filter { $0.hasPrefix("toml") }
        #expect(recipes.count > 4)
        for recipe in recipes {
            let text = recipe.split(separator: "\n", maxSplits: 1)[1]
            #expect(throws: Never.self, "\(text)") {
                try RecipeFile(parsing: Array(text.utf8), file: "recipes.md", for: .x8664)
            }
        }
    }
}
