/// What the program says about the packages of the catalogue, and a recipe file of one's own says itself: what
/// builds them, and what they may not lead to.
struct RecipeSurroundings {
    /// The stage that they belong to.
    var stage = Stage.final
    /// Which generation.
    var generation = 1
    /// What runs their scripts.
    let seeds: PackageReference
    /// Programs that all of them call, behind those of their own.
    var tools: [PackageReference] = []
    /// Variables of all their scripts.
    var environment: [String: Value]
    /// Variables that are not what the files say.
    var replacements: [String: Value] = [:]
    /// More words for a script, by variable.
    var words: [String: [String]] = [:]
    /// What none of them may lead to.
    let disallowedRequisites: [PackageReference]
}

extension RecipeFolders {
    /// The catalogue: a folder for each package.
    static var catalog: RecipeFolders {
        RecipeFolders { folder, path throws(Refusal) in
            guard let bytes = CatalogFiles.all["\(folder)/\(path)"] else {
                throw Refusal("there is no such file in the catalogue")
            }
            return File(identity: Array("\(folder)/\(path)".utf8), bytes: bytes)
        }
    }
}

extension PackageGraph {
    /// A package of the catalogue.
    ///
    /// - Throws: ``RecipesError/badRecipe(_:)``, which no catalogue that was tested leads to.
    mutating func addCatalogue(_ name: String, _ surroundings: RecipeSurroundings)
        throws(RecipesError) -> PackageReference
    {
        var loader = RecipeLoader(graph: self, folders: .catalog, surroundings: surroundings)
        do {
            let recipe = try loader.add(folder: name, file: name + ".toml")
            self = loader.graph
            return recipe.package
        } catch { throw .badRecipe(error) }
    }
}
