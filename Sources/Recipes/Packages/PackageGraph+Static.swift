extension PackageGraph {
    /// What is static and compiled by the final toolchain: libraries, and programs that need no file.
    func staticSurroundings(_ toolchain: FinalToolchain) -> RecipeSurroundings {
        RecipeSurroundings(
            seeds: toolchain.programs,
            environment: toolchainEnvironment.merging(["static": .file(.staticBuild)]) { $1 },
            disallowedRequisites: toolchain.earlier)
    }

    /// A static program or library that is no file of the catalogue.
    mutating func addStatic(
        _ name: String, version: String? = nil, script: ScriptFile, toolchain: FinalToolchain,
        tools: [PackageReference] = [], summary: String, source: Source,
        environment: [String: Value] = [:]
    ) throws(RecipesError) -> PackageReference {
        let common = toolchainEnvironment.merging(["static": .file(.staticBuild)]) { $1 }
        return try addNative(
            name, version: version, script: script, toolchain: toolchain, tools: tools,
            summary: summary, sources: [source], environment: common.merging(environment) { $1 })
    }

    /// What builds with meson call, by the seeds: for packages that are built by them, in minutes instead of
    /// hours. Python is among the seeds.
    mutating func addMesonTools(seeds: PackageReference) throws(RecipesError) {
        let surroundings = RecipeSurroundings(
            stage: .boot(0), seeds: seeds,
            environment: toolchainEnvironment.merging(["static": .file(.staticBuild)]) { $1 },
            replacements: ["python": .output(seeds)], disallowedRequisites: [])
        for name in ["ninja", "pkgconf", "meson"] { _ = try addCatalogue(name, surroundings) }
    }
}
