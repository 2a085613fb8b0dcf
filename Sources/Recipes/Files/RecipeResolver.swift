import Primitives
import StoreModel
import TOML

/// Turns what a recipe file says into packages: looks up the recipes and files that it names.
struct RecipeResolver {
    var loader: RecipeLoader
    let location: RecipeLoader.Location
    let file: RecipeFile
    private var problems: [RecipeProblem] = []

    init(loader: RecipeLoader, location: RecipeLoader.Location, file: RecipeFile) {
        self.loader = loader
        self.location = location
        self.file = file
    }

    mutating func note(_ reason: String, at place: TOMLPlace?) {
        problems.append(RecipeProblem(at: place, reason))
    }

    /// Throws what is wrong so far.
    private func finish() throws(RecipeFileError) {
        guard problems.isEmpty else {
            throw RecipeFileError(file: location.path, problems: problems)
        }
    }

    /// Adds the package, its patched source, and its check.
    mutating func addPackages() throws(RecipeFileError) -> (
        package: PackageReference, check: PackageReference?
    ) {
        if let surroundings = loader.surroundings {
            let package = try catalogPackage(surroundings)
            try finish()
            return (try add(package), nil)
        }
        let base = try base()
        var package = try package(base)
        if let build = file.build { try apply(build, to: &package) }
        try apply(sources: base, to: &package)
        checkVariables(of: package)
        if base != nil { checkOptions(of: package) }
        try finish()
        let reference = try add(package)
        guard let check = file.check else { return (reference, nil) }
        return (reference, try add(try self.check(check, of: reference, like: package)))
    }

    // MARK: Packages

    /// The package that this one is a variant of.
    private mutating func base() throws(RecipeFileError) -> Package? {
        guard let extends = file.extends else { return nil }
        guard let reference = try recipe(extends),
            // What `recipe` gives is of this graph.
            let package = try? loader.graph.package(reference)
        else {
            try finish()
            return nil
        }
        guard case .build = package.buildSystem else {
            note(
                "'\(extends.value)' has no script, so that no variant can be made of it",
                at: extends.place)
            try finish()
            return nil
        }
        return package
    }

    /// The package without what its build system and its sources add.
    private mutating func package(_ base: Package?) throws(RecipeFileError) -> Package {
        let toolchain = try toolchain()
        var package =
            base
            ?? Package(
                file.name.value, stage: .own,
                buildSystem: .unpack(.plain), environment: [:])
        package.name = file.name.value
        package.stage = .own
        package.generation = 1
        package.summary = file.summary?.value ?? package.summary ?? file.name.value
        package.version = file.version?.value ?? package.version
        package.outputs = file.outputs?.map(\.value) ?? package.outputs
        package.about.licence = file.about.licence ?? package.about.licence
        package.about.homepage = file.about.homepage ?? package.about.homepage
        package.about.supplier = file.about.supplier ?? package.about.supplier
        // The programs of a variant's own tools are found first.
        var tools: [PackageReference] = []
        for input in file.tools + file.inputs {
            // Programs are in the first output; a library alone brings none along.
            let hasPrograms = input.output.map { $0.value == "out" } ?? true
            if let reference = try recipe(input.recipe), hasPrograms, !tools.contains(reference) {
                tools.append(reference)
            }
        }
        package.tools = tools + package.tools.filter { !tools.contains($0) }
        if case .build(let script, let setup, let seeds, let shell) = package.buildSystem {
            package.buildSystem = .build(
                script, setup: setup, seeds: toolchain?.reference ?? seeds,
                shell: toolchain?.shell ?? shell)
        }
        let inputs = try values(of: file.inputs)
        if base == nil || !inputs.isEmpty {
            let inherited = package.environment["inputs"].map { [$0] } ?? []
            package.environment["inputs"] = .list(inputs + inherited)
        }
        if base == nil || file.outputs != nil {
            package.environment["outputs"] = .text(package.outputs.joined(separator: " "))
        }
        for variable in file.variables {
            package.environment[variable.name.value] = try value(variable.value)
        }
        package.disallowedReferences += try references(file.disallowedReferences)
        package.disallowedRequisites += try references(file.disallowedRequisites)
        checkName(package)
        return package
    }

    private mutating func toolchain() throws(RecipeFileError) -> (
        reference: PackageReference, shell: String
    )? {
        guard let toolchain = file.toolchain ?? (file.extends == nil ? .final(file) : nil) else {
            return nil
        }
        let place = toolchain.recipe.place
        let name = toolchain.recipe.value == "final" ? "toolchain-final" : toolchain.recipe.value
        guard let reference = try recipe(Placed(name, at: place)) else { return nil }
        return (reference, toolchain.shell)
    }

    private mutating func apply(_ build: RecipeFile.Build, to package: inout Package)
        throws(RecipeFileError)
    {
        var seeds: PackageReference?
        var shell = "bin/bash"
        if case .build(_, _, let reference, let name) = package.buildSystem {
            (seeds, shell) = (reference, name)
        } else if let toolchain = try toolchain() {
            (seeds, shell) = toolchain
        }
        let own: ScriptFile? =
            switch build.system {
            case .autotools: .ownAutotools
            case .make: .ownMake
            case .meson: .ownMeson
            case .copy: .ownCopy
            case .script, .unpack, nil: nil
            }
        if build.system == .unpack {
            package.buildSystem = .unpack(.plain)
            if file.sources.isEmpty {
                note("there is no source to unpack: name one in [[sources]]", at: file.name.place)
            }
        }
        if let seeds {
            if let own {
                package.buildSystem = .build(
                    own.file, setup: Self.setup, seeds: seeds, shell: shell)
            } else if let script = build.script, let contents = self.contents(script) {
                package.buildSystem = .build(
                    contents, setup: Self.setup, seeds: seeds, shell: shell)
            }
        }
        if build.system == .meson {
            let isBySeeds = (file.toolchain?.recipe.value ?? "") == "seeds"
            for name in isBySeeds
                ? ["meson-boot0", "ninja-boot0", "pkgconf-boot0"]
                : ["meson-final", "ninja-final", "pkgconf-final", "python-final"]
            {
                // A graph of a test's own may have none of them.
                guard let tool = try? loader.graph.reference(named: name) else { continue }
                if !package.tools.contains(tool) { package.tools.append(tool) }
            }
        }
        for (variable, words) in build.words.sorted(by: { $0.key < $1.key }) {
            var values: [Value] = []
            for word in words { values.append(try value(word)) }
            package.environment[variable] = .list(values, separator: "\n")
        }
        for (variable, text) in build.texts { package.environment[variable] = .text(text) }
        guard !build.files.isEmpty else { return }
        var copies: [Value] = []
        for copied in build.files {
            guard let contents = contents(copied.file) else { continue }
            copies.append(.list([.contents(contents), .text(copied.target.value)]))
        }
        package.environment["copies"] = .list(copies, separator: "\n")
    }

    /// `setup.sh`, and what packages of recipe files have besides.
    static let setup = BuildFile(
        name: "setup.sh", bytes: ScriptFile.setup.bytes + ScriptFile.ownSetup.bytes)

    private mutating func check(
        _ check: RecipeFile.Check, of subject: PackageReference, like package: Package
    ) throws(RecipeFileError) -> Package {
        var tools = [subject]
        for input in check.tools {
            if let reference = try recipe(input.recipe) { tools.append(reference) }
        }
        var environment: [String: Value] = ["checked": .output(subject), "outputs": "out"]
        for output in package.outputs where output != "out" {
            environment["checked_\(output)"] = .output(subject, output: output)
        }
        for variable in check.variables {
            environment[variable.name.value] = try value(variable.value)
        }
        var buildSystem = package.buildSystem
        if case .build(_, _, let seeds, let shell) = package.buildSystem,
            let script = contents(check.script)
        {
            buildSystem = .build(script, setup: Self.setup, seeds: seeds, shell: shell)
        }
        let result = Package(
            "\(package.name)-check", version: package.version, stage: .check,
            summary: "looks at what '\(package.name)' made", buildSystem: buildSystem, tools: tools,
            environment: environment)
        checkReserved(check.variables, in: result)
        try finish()
        return result
    }

    // MARK: Sources

    /// The variables `src` and `srcs`, with the patches applied.
    private mutating func apply(sources base: Package?, to package: inout Package)
        throws(RecipeFileError)
    {
        let patches = file.patches.compactMap { contents($0) }
        var values: [Value] = []
        for source in file.sources {
            switch source {
            case .download(let source): values.append(.source(source))
            case .file(let file):
                if let contents = contents(file) { values.append(.contents(contents)) }
            }
        }
        if let system = file.build?.system, [.autotools, .make, .meson].contains(system),
            file.extends == nil, file.sources.count != 1
        {
            note(
                "the build system '\(system.rawValue)' unpacks one source, and [[sources]] names "
                    + (file.sources.isEmpty
                        ? "none" : "\(file.sources.count); name others in [variables]"),
                at: file.name.place)
        }
        if values.isEmpty, !file.patches.isEmpty {
            values =
                base.map { base in
                    base.sources.isEmpty
                        ? base.environment["src"].map { [$0] } ?? []
                        : base.sources.map { .source($0) }
                } ?? []
        }
        guard let first = values.first else {
            if let patch = file.patches.first, patches.count == file.patches.count {
                note("there is no source that this could change", at: patch.place)
            }
            return
        }
        package.sources = []
        package.environment["src"] = nil
        package.environment["srcs"] = nil
        if let patched = try patched(first, patches, in: package) { values[0] = patched }
        if values.count == 1, package.buildSystem.isScript {
            package.environment["src"] = values[0]
        } else {
            package.environment["srcs"] = .list(values)
        }
    }

    /// A source with the patches applied: a derivation of its own.
    private mutating func patched(
        _ source: Value, _ patches: [BuildFile], in package: Package
    ) throws(RecipeFileError) -> Value? {
        guard !patches.isEmpty else { return nil }
        guard case .build(_, _, let seeds, let shell) = package.buildSystem else { return nil }
        try finish()
        var patched = Package(
            "\(package.name)-source", version: package.version, stage: .own,
            buildSystem: .build(
                ScriptFile.patchedSource.file, setup: Self.setup, seeds: seeds, shell: shell),
            environment: ["src": source, "patches": .list(patches.map { .contents($0) })])
        patched.about = package.about
        return .output(try add(patched))
    }
}

extension RecipeFile.Toolchain {
    /// What builds a package that does not say it.
    fileprivate static func final(_ file: RecipeFile) -> RecipeFile.Toolchain {
        RecipeFile.Toolchain(recipe: Placed("final", at: file.name.place), shell: "bin/bash")
    }
}
