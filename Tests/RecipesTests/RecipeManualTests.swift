import Foundation
import Primitives
import Recipes
import Testing

/// The recipes that `docs/manual/recipes.md` shows.
@Suite struct RecipeManualTests {
    /// The keys of a table that the schema for editors has, and those that the parser knows, which it lists when
    /// it finds none that is like a wrong one.
    @Test(arguments: [
        ("zzzzzzzzzzzzzzzz = 1\n", ["properties"]),
        ("[build]\nzzzzzzzzzzzzzzzz = 1\n", ["properties", "build", "properties"]),
        ("[check]\nzzzzzzzzzzzzzzzz = 1\n", ["properties", "check", "properties"]),
        (
            "[[sources]]\nurls = []\nzzzzzzzzzzzzzzzz = 1\n",
            ["definitions", "download", "properties"]
        ),
    ])
    func theSchemaHasTheKeysOfTheParser(text: String, path: [String]) throws {
        let error = #expect(throws: RecipeFileError.self) {
            try RecipeFile(parsing: Array(text.utf8), file: "x", for: .x8664)
        }
        let said = try #require(
            error?.problems.compactMap { $0.reason.firstMatch(of: #/'z+'; there are: (.*)$/#)?.1 }
                .first)
        let known = Set(said.split(separator: ", ").map(String.init))
        var schema = try JSONValue(parsing: RecipeFile.schema)
        for name in path { schema = try #require(schema[name]) }
        guard case .object(let members) = schema else { return }
        // A source may be a file, too.
        #expect(known.subtracting(path.contains("download") ? ["file"] : []) == Set(members.keys))
    }

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
