import Primitives
import StoreModel
import TOML

extension RecipeResolver {
    /// The largest file beside a recipe: it is held in memory.
    static let maximumFileSize = 64 << 20

    /// The package of a recipe, by its name or its file; `nil` when there is none, which is noted.
    mutating func recipe(_ name: Placed<String>) throws(RecipeFileError) -> PackageReference? {
        let text = name.value
        do {
            if text.hasPrefix("./") { return try loader.load(try below(text)).package }
            if !loader.isBuiltIn(text), let folder = loader.folders.named[text] {
                return try loader.load(RecipeLoader.Location(folder: folder), called: text).package
            }
        } catch {
            switch error {
            case .file(let error): throw error
            case .refused(let reason): note("'\(text)': \(reason)", at: name.place)
            case .circle(let reason): note(reason, at: name.place)
            }
            return nil
        }
        // Within a later generation its own packages are meant.
        if let generation = loader.surroundings?.generation, generation > 1,
            // The only error is that there is none of this name.
            let found = try? loader.graph.reference(named: "\(text)-generation\(generation)")
        {
            return found
        }
        do { return try loader.graph.reference(named: text) } catch {
            let names = loader.folders.named.keys.sorted() + loader.graph.recipes.map(\.name)
            let near = RecipeName.nearest(to: text, among: names)
            let hint: String
            if text.contains("/") || text.hasSuffix(".toml") {
                hint = "a recipe file in this folder is named as './lib' or './lib.toml'"
            } else {
                hint =
                    near.map { "did you mean '\($0)'?" }
                    ?? "recipes of your own are found in the folder that --recipes names; "
                    + "'nodeos-store instantiate --list' shows all"
            }
            note("there is no recipe '\(text)'; \(hint)", at: name.place)
            return nil
        }
    }

    /// Where `./lib` or `./lib.toml` lies: below this recipe's folder.
    private func below(_ text: String) throws(RecipeLoader.Failure) -> RecipeLoader.Location {
        var path = String(text.dropFirst(2))
        while path.hasSuffix("/") { path.removeLast() }
        guard path.isPlainRelative else {
            throw .refused("this leads out of the recipe's folder, or nowhere")
        }
        let isFile = path.hasSuffix(".toml")
        let whole = isFile ? path : path + "/recipe.toml"
        // Asked for from here, so that a link out of this folder is seen.
        do { _ = try loader.folders.read(location.folder, whole) } catch {
            throw .refused(error.reason)
        }
        let parts = whole.split(separator: "/")
        let folder = ([location.folder] + parts.dropLast().map(String.init)).joined(separator: "/")
        return RecipeLoader.Location(folder: folder, file: parts.last.map(String.init) ?? whole)
    }

    /// The packages of several recipes.
    mutating func references(_ names: [Placed<String>]) throws(RecipeFileError)
        -> [PackageReference]
    {
        var references: [PackageReference] = []
        for name in names { if let found = try recipe(name) { references.append(found) } }
        return references
    }

    /// The outputs that inputs stand for.
    mutating func values(of inputs: [RecipeFile.Input]) throws(RecipeFileError) -> [Value] {
        var values: [Value] = []
        for input in inputs {
            guard let reference = try recipe(input.recipe),
                // What `recipe` gives is of this graph.
                let package = try? loader.graph.package(reference)
            else { continue }
            let outputs = input.output.map { [$0.value] } ?? package.outputs
            check(input.output, of: package, called: input.recipe.value)
            values += outputs.map { .output(reference, output: $0) }
        }
        return values
    }

    /// What a variable or a word becomes.
    mutating func value(_ content: RecipeFile.Content) throws(RecipeFileError) -> Value {
        switch content {
        case .text(let text): return .text(text)
        case .source(let source): return .source(source)
        case .file(let file): return contents(file).map { .contents($0) } ?? ""
        case .list(let contents):
            var values: [Value] = []
            for content in contents { values.append(try value(content)) }
            return .list(values)
        case .output(let input, let prefix, let suffix):
            guard let reference = try recipe(input.recipe),
                // What `recipe` gives is of this graph.
                let package = try? loader.graph.package(reference)
            else { return "" }
            check(input.output, of: package, called: input.recipe.value)
            let output = Value.output(
                reference, output: input.output?.value ?? "out", suffix: suffix)
            return prefix.isEmpty ? output : .list([.text(prefix), output], separator: "")
        }
    }

    private mutating func check(_ output: Placed<String>?, of package: Package, called name: String)
    {
        guard let output, !package.outputs.contains(output.value) else { return }
        note(
            "'\(name)' has no output '\(output.value)'; it has "
                + package.outputs.map { "'\($0)'" }.joined(separator: ", "), at: output.place)
    }

    /// A file of the recipe's folder; `nil` when it cannot be had, which is noted.
    mutating func contents(_ file: Placed<String>) -> BuildFile? {
        let path = file.value.hasPrefix("./") ? String(file.value.dropFirst(2)) : file.value
        guard path.isPlainRelative else {
            note(
                "'\(file.value)' leads out of the recipe's folder; files are named as they lie in it",
                at: file.place)
            return nil
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        do {
            try StorePath.check(name: name)
        } catch {
            note("'\(name)' cannot be a name in the store: \(error)", at: file.place)
            return nil
        }
        do {
            let bytes = try loader.folders.read(location.folder, path).bytes
            return BuildFile(name: name, bytes: bytes)
        } catch {
            note("'\(file.value)': \(error.reason)", at: file.place)
            return nil
        }
    }

    /// Adds a package; another of its name is a problem.
    mutating func add(_ package: Package) throws(RecipeFileError) -> PackageReference {
        do { return try loader.graph.add(package) } catch {
            throw RecipeFileError(
                file: location.path,
                problems: [
                    RecipeProblem(
                        at: file.name.place,
                        "another recipe makes a package '\(package.fullName)'; give this one another name"
                    )
                ])
        }
    }

    // MARK: Checks

    /// Names that cannot be those of store items are refused here, where their place is known.
    mutating func checkName(_ package: Package) {
        if let version = file.version {
            do { try StorePath.check(name: "x-" + version.value) } catch {
                note("'\(version.value)' cannot be a version: \(error)", at: version.place)
                return
            }
        }
        do {
            for output in package.outputs + ["check"] {
                let suffix = output == "out" ? "" : "-\(output)"
                try StorePath.check(name: package.derivationName + suffix + ".drv")
            }
        } catch {
            note(
                "'\(package.derivationName)' cannot be a name in the store: \(error)",
                at: file.name.place)
        }
    }

    /// A variant's options must mean something to the script of what it extends.
    mutating func checkOptions(of package: Package) {
        for case .unread(let variable, let script) in package.scriptFindings {
            guard let option = file.build?.options[variable] else { continue }
            note(
                "'\(option.value)' means nothing to '\(script)', which builds what this extends",
                at: option.place)
        }
    }

    mutating func checkVariables(of package: Package) { checkReserved(file.variables, in: package) }

    /// Variables that every build gets from elsewhere cannot be set.
    mutating func checkReserved(_ variables: [RecipeFile.Variable], in package: Package) {
        let reserved =
            [
                "name", "version", "system", "stage", "setup", "seeds", "triple", "PATH", "src",
                "srcs",
                "patches", "inputs", "outputs", "checked", "copies", "builder",
            ] + package.outputs
        for variable in variables where reserved.contains(variable.name.value) {
            note(
                "every build has a variable '\(variable.name.value)' already; use another name",
                at: variable.name.place)
        }
    }
}
