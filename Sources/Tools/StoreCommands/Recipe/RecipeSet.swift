import Primitives
import Recipes
import StoreModel
import SystemSupport

/// The recipes that arguments can name: those of NodeOS, those in the folder of `--recipes`, and any file.
struct RecipeSet {
    let context: CommandContext
    let files: RecipeFiles

    init(_ context: CommandContext) throws {
        self.context = context
        files = try RecipeFiles(context)
    }

    /// Derivations, and what is odd about the recipes they come from.
    struct Lowered {
        var graph: LoweredGraph
        var warnings: [String]

        /// Prints what is odd.
        func warn(_ context: CommandContext) throws {
            for warning in warnings { try context.errorOutput.print("warning: \(warning)") }
        }
    }

    /// The derivations of recipes, in the order of their names; `nil` when there is no recipe of the first
    /// name that means nothing.
    ///
    /// - Parameter names: names, files, or folders with a `recipe.toml`.
    func lowered(_ names: [String], for cpu: CPU = .x8664, in directory: StoreDirectory) throws
        -> Lowered?
    {
        do { return try require(names, for: cpu, in: directory) } catch RecipesError.unknownRecipe {
            return nil
        }
    }

    /// As ``lowered(_:for:in:)``.
    ///
    /// - Throws: ``RecipesError/unknownRecipe(_:known:)``.
    func require(_ names: [String], for cpu: CPU = .x8664, in directory: StoreDirectory) throws
        -> Lowered
    {
        var loader = RecipeLoader(
            graph: try PackageGraph.nodeos(for: cpu), folders: files.folders)
        let goals = try names.map { try name(of: $0, &loader) }
        let graph = try loader.graph.lower(goals, in: directory)
        return Lowered(graph: graph, warnings: loader.findings.map { "\($0.path): \($0.finding)" })
    }

    /// The name of the package that an argument means.
    private func name(of text: String, _ loader: inout RecipeLoader) throws -> String {
        let (base, wantsCheck) = RecipeFiles.withoutCheck(text)
        if let location = try files.location(base) {
            let recipe = try loader.add(folder: location.folder, file: location.file)
            return try package(of: recipe, wantsCheck, text)
        }
        // NodeOS's recipes are not shadowed by folders that happen to have their names. (The only error is
        // that there is none of this name.)
        guard (try? loader.graph.reference(named: text)) == nil else { return text }
        if let recipe = try loader.add(named: base) {
            return try package(of: recipe, wantsCheck, text)
        }
        // The check of a recipe in the folder is a recipe too.
        if text.hasSuffix("-check"), let recipe = try loader.add(named: String(text.dropLast(6))),
            let check = recipe.check
        {
            return check.name
        }
        if text.contains("/") || text == "." || text == ".." {
            let isThere = try SymbolicLink.isPresent(context.absolute(base))
            throw StoreCommandsError.badArgument(
                text,
                reason: isThere
                    ? "this is neither a recipe file (its name ends in '.toml') nor a folder with a "
                        + "'recipe.toml'; 'nodeos-store recipe new' makes one"
                    : "there is no such file or folder")
        }
        throw RecipesError.unknownRecipe(text, known: try names())
    }

    private func package(
        of recipe: RecipeLoader.LoadedRecipe, _ wantsCheck: Bool, _ text: String
    ) throws -> String {
        guard wantsCheck else { return recipe.package.name }
        guard let check = recipe.check else {
            throw StoreCommandsError.badArgument(
                text, reason: "this recipe has no table [check]")
        }
        return check.name
    }

    /// The package that an argument means, and its derivations.
    func package(_ text: String, for cpu: CPU, in directory: StoreDirectory) throws -> (
        Package, LoweredGraph
    ) {
        var loader = RecipeLoader(
            graph: try PackageGraph.nodeos(for: cpu), folders: files.folders)
        let name = try name(of: text, &loader)
        let package = try loader.graph.package(loader.graph.reference(named: name))
        return (package, try loader.graph.lower([name], in: directory))
    }

    /// What is known about the packages of NodeOS, of the folder, and of what `texts` name, by their paths.
    func abouts(_ texts: [String], in directory: StoreDirectory) throws -> [StorePath: PackageAbout]
    {
        var loader = RecipeLoader(
            graph: try PackageGraph.nodeos(for: .x8664), folders: files.folders)
        for name in files.folders.named.keys.sorted() { _ = try loader.add(named: name) }
        for text in texts {
            guard let location = try files.location(RecipeFiles.withoutCheck(text).base) else {
                continue
            }
            _ = try loader.add(folder: location.folder, file: location.file)
        }
        return try loader.graph.abouts(in: directory)
    }

    /// Reads a recipe's own file as it is for a processor, of which there may be no seeds yet.
    func parse(_ text: String, for cpu: CPU) throws {
        let (base, _) = RecipeFiles.withoutCheck(text)
        guard
            let (folder, file) = try files.location(base)
                ?? files.folders.named[base].map({ ($0, "recipe.toml") })
        else { return }
        do {
            let bytes = try files.folders.read(folder, file).bytes
            _ = try RecipeFile(parsing: bytes, file: "\(folder)/\(file)", for: cpu)
        } catch let error as RecipeFolders.Refusal {
            throw StoreCommandsError.badFile("\(folder)/\(file)", reason: error.reason)
        }
    }

    /// Whether there is such a recipe.
    func contains(_ text: String) throws -> Bool {
        let (base, _) = RecipeFiles.withoutCheck(text)
        return try files.location(base) != nil || files.folders.named[base] != nil
            || RecipeFiles.isBuiltIn(text)
    }

    /// The names of the recipes that `instantiate --list` shows.
    func names() throws -> [String] {
        try files.folders.named.keys.sorted() + PackageGraph.nodeos(for: .x8664).recipes.map(\.name)
    }

    /// The recipe whose name is `name`, or the one most like it; `nil` when none is.
    func nearest(to name: String) throws -> String? {
        // Of those equally near, one that is listed.
        let names = try names() + PackageGraph.nodeos(for: .x8664).packages.map(\.fullName)
        return RecipeName.nearest(to: name, among: names)
    }

    /// The recipes of NodeOS and of the folder, by name.
    func all(for cpu: CPU) throws -> [Recipe] {
        var loader = RecipeLoader(
            graph: try PackageGraph.nodeos(for: cpu), folders: files.folders)
        for name in files.folders.named.keys.sorted() { _ = try loader.add(named: name) }
        return loader.graph.recipes
    }
}
