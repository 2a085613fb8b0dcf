extension PackageGraph {
    /// The programs that builds call, static, on musl. busybox is last: it has what the others lack.
    mutating func addFinalTools(seeds: PackageReference, cross: CrossToolchain)
        throws(RecipesError) -> [PackageReference]
    {
        let surroundings = RecipeSurroundings(
            generation: cross.generation, seeds: seeds, tools: cross.tools,
            environment: toolchainEnvironment, disallowedRequisites: [seeds] + cross.steps)
        var tools: [PackageReference] = []
        for name in [
            "make", "bash", "coreutils", "sed", "grep", "gawk", "diffutils", "findutils", "tar",
            "m4",
            "bison", "flex", "busybox",
        ] {
            var surroundings = surroundings
            if name == "bison", cross.generation > 1 {
                // For the manual only; the seeds have a perl, the toolchain has none.
                surroundings.words["makeFlags"] = ["PERL=true"]
            }
            tools.append(try addCatalogue(name, surroundings))
        }
        return tools
    }
}
