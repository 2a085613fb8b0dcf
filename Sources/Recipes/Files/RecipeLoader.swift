import TOML

/// Adds the packages of recipe files to a graph, each file once.
package struct RecipeLoader {
    /// The packages, those of the files among them.
    package internal(set) var graph: PackageGraph
    /// What was added, by the identity of its file.
    package private(set) var loaded: [[UInt8]: LoadedRecipe] = [:]
    let folders: RecipeFolders
    /// The recipes of NodeOS: their names are taken.
    private let builtIn: Set<String>
    /// Where the recipes stand that are loaded; `nil` for those of one's own.
    let surroundings: RecipeSurroundings?
    /// The files that are being read: each is needed by the one before.
    private var open: [(identity: [UInt8], name: String)] = []

    /// A recipe file whose package is in the graph.
    package struct LoadedRecipe: Sendable, Hashable {
        /// What the file says.
        package let file: RecipeFile
        /// What messages call the file.
        package let path: String
        /// Its package.
        package let package: PackageReference
        /// The package of its check.
        package let check: PackageReference?
    }

    /// Where a recipe file lies.
    struct Location {
        /// The folder; nothing outside of it is read for the recipe.
        var folder: String
        /// The file in it.
        var file = "recipe.toml"

        var path: String { folder == "." ? file : "\(folder)/\(file)" }
    }

    /// A loader that adds to `graph` what it finds in `folders`.
    package init(graph: PackageGraph, folders: RecipeFolders) {
        self.graph = graph
        self.folders = folders
        surroundings = nil
        builtIn = Set(graph.packages.map(\.fullName))
    }

    /// A loader of the catalogue.
    init(graph: PackageGraph, folders: RecipeFolders, surroundings: RecipeSurroundings) {
        self.graph = graph
        self.folders = folders
        self.surroundings = surroundings
        builtIn = []
    }

    /// Whether NodeOS has a recipe of this name.
    func isBuiltIn(_ name: String) -> Bool { builtIn.contains(name) }

    /// Adds the recipe `file` of `folder`, and all that it needs.
    ///
    /// - Throws: ``RecipeFileError``.
    package mutating func add(folder: String, file: String = "recipe.toml")
        throws(RecipeFileError) -> LoadedRecipe
    {
        let location = Location(folder: folder, file: file)
        do { return try load(location) } catch {
            switch error {
            case .file(let error): throw error
            case .refused(let reason), .circle(let reason):
                throw RecipeFileError(
                    file: location.path, problems: [RecipeProblem(at: nil, reason)])
            }
        }
    }

    /// Adds the recipe that is found by its name; `nil` when there is none.
    ///
    /// - Throws: ``RecipeFileError``.
    package mutating func add(named name: String) throws(RecipeFileError) -> LoadedRecipe? {
        guard let folder = folders.named[name] else { return nil }
        let recipe = try add(folder: folder)
        try Self.check(recipe, isNamed: name)
        return recipe
    }

    /// Refuses a recipe that was found by a name, the one of its folder, and has another.
    static func check(_ recipe: LoadedRecipe, isNamed name: String) throws(RecipeFileError) {
        let own = recipe.file.name
        guard own.value != name else { return }
        let reason =
            "this recipe lies in the folder '\(name)', which is what others call it, and is named "
            + "'\(own.value)'; rename either"
        throw RecipeFileError(file: recipe.path, problems: [RecipeProblem(at: own.place, reason)])
    }

    /// What is odd about the scripts of all that was added, by the file of the recipe. What a recipe inherits
    /// and does not read is nothing that it says.
    package var findings: [(path: String, finding: ScriptFinding)] {
        loaded.values.sorted { $0.path < $1.path }.flatMap { recipe in
            let own = recipe.file.variables + (recipe.file.check?.variables ?? [])
            return [recipe.package, recipe.check].compactMap { $0 }.flatMap { reference in
                // What this loader added is in its graph.
                ((try? graph.package(reference))?.scriptFindings ?? []).filter { finding in
                    if case .unread(let name, _) = finding {
                        own.contains { $0.name.value == name }
                    } else {
                        true
                    }
                }.map { (recipe.path, $0) }
            }
        }
    }

    /// Why a recipe that another needs is not there.
    enum Failure: Error {
        /// There is something wrong with its file.
        case file(RecipeFileError)
        /// Its file cannot be read.
        case refused(String)
        /// It needs, in the end, itself.
        case circle(String)
    }

    /// Adds the recipe of a file, unless it is there.
    ///
    /// - Parameter name: what it must be named.
    mutating func load(_ location: Location, called name: String) throws(Failure) -> LoadedRecipe {
        let recipe = try load(location)
        do { try Self.check(recipe, isNamed: name) } catch { throw .file(error) }
        return recipe
    }

    /// Adds the recipe of a file, unless it is there.
    mutating func load(_ location: Location) throws(Failure) -> LoadedRecipe {
        let file: RecipeFolders.File
        do { file = try folders.read(location.folder, location.file) } catch {
            throw .refused(error.reason)
        }
        if let known = loaded[file.identity] { return known }
        if let first = open.firstIndex(where: { $0.identity == file.identity }) {
            let names = (open[first...].map(\.name) + [open[first].name]).map { "'\($0)'" }
            throw .circle("these recipes need each other: \(names.joined(separator: " → "))")
        }
        do {
            let recipe = try RecipeFile(parsing: file.bytes, file: location.path, for: graph.cpu)
            open.append((file.identity, recipe.name.value))
            defer { open.removeLast() }
            try check(name: recipe.name, of: location)
            var resolver = RecipeResolver(loader: self, location: location, file: recipe)
            // What it loads on the way is loaded, whatever becomes of it.
            defer { self = resolver.loader }
            let added = try resolver.addPackages()
            let result = LoadedRecipe(
                file: recipe, path: location.path, package: added.package, check: added.check)
            resolver.loader.loaded[file.identity] = result
            return result
        } catch { throw .file(error) }
    }

    /// Refuses a name that another recipe has.
    private func check(name: Placed<String>, of location: Location) throws(RecipeFileError) {
        func problem(_ reason: String) -> RecipeFileError {
            RecipeFileError(
                file: location.path, problems: [RecipeProblem(at: name.place, reason)])
        }
        if builtIn.contains(name.value) {
            throw problem(
                "'\(name.value)' is a recipe of NodeOS, and stays one; give yours another name, and "
                    + "extends = \"\(name.value)\" to make a variant of it")
        }
        if let other = loaded.values.first(where: { $0.file.name.value == name.value }) {
            throw problem("'\(other.path)' has the name '\(name.value)' too; rename one of them")
        }
    }
}
