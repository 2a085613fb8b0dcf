extension RecipeResolver {
    /// A package of the catalogue: as its file says, in its surroundings.
    mutating func catalogPackage(_ surroundings: RecipeSurroundings) throws(RecipeFileError)
        -> Package
    {
        var environment = surroundings.environment
        for variable in file.variables {
            let name = variable.name.value
            if let replacement = surroundings.replacements[name] {
                environment[name] = replacement
            } else {
                environment[name] = try value(variable.value)
            }
        }
        var words: [String: [Value]] = surroundings.words.mapValues { $0.map { .text($0) } }
        for (variable, contents) in file.build?.words ?? [:] {
            var values: [Value] = []
            for content in contents { values.append(try value(content)) }
            words[variable] = values + (words[variable] ?? [])
        }
        for (variable, values) in words { environment[variable] = .list(values) }
        var script = ScriptFile.autotools.file
        if file.build?.system == .autotools {
            if environment["absent"] != nil {
                environment["autotools"] = .file(.autotools)
                script = ScriptFile.autotoolsWithoutManual.file
            }
        } else if let own = file.build?.script, let contents = contents(own) {
            script = contents
        }
        let sources = file.sources.compactMap { source -> Source? in
            if case .download(let source) = source { source } else { nil }
        }
        var package = Package(
            file.name.value, version: file.version?.value, stage: surroundings.stage,
            generation: surroundings.generation,
            summary: surroundings.generation == 1 ? file.summary?.value : nil,
            buildSystem: .build(
                script, setup: ScriptFile.setup.file, seeds: surroundings.seeds, shell: "bin/bash"),
            sources: sources, tools: try references(file.tools.map(\.recipe)) + surroundings.tools,
            environment: environment, outputs: file.outputs?.map(\.value) ?? ["out"],
            disallowedRequisites: surroundings.disallowedRequisites)
        package.about = file.about
        return package
    }
}
