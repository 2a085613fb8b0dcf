extension PackageGraph {
    /// The recipes that lead to all of a generation of the native toolchain: its programs, and the check
    /// that they work.
    package static func toolchainNames(generation: Int) -> [String] {
        ["toolchain", "toolchain-check"].map {
            Package($0, stage: .final, generation: generation, buildSystem: .unpack(.plain))
                .fullName
        }
    }

    /// The native toolchain again, by the same recipes, built by `previous` alone instead of the seeds and
    /// the cross toolchain: if the two are the same, it is a fixed point of its own recipes.
    ///
    /// The kernel's headers are made again too: their rules run programs that the compiler makes. No
    /// package of it may lead to `previous`, or to anything before.
    mutating func addToolchain(
        generation: Int, builtBy previous: FinalToolchain, sources: ToolchainSources
    ) throws(RecipesError) -> FinalToolchain {
        // gcc installs its programs under the target's name too, binutils does not.
        let names = try add(
            Package(
                "target-names", stage: .final, generation: generation,
                buildSystem: .script(.targetNames, seeds: previous.programs),
                environment: [
                    "target": .text(cpu.targetTriple),
                    "packages": .list([.output(previous.gcc), .output(previous.binutils)]),
                ]))
        let linuxHeaders = try add(
            Package(
                "linux-headers", version: Versions.linuxHeaders, stage: .final,
                generation: generation,
                buildSystem: .script(.linuxHeaders, seeds: previous.programs),
                environment: toolchainEnvironment.merging([
                    "src": .source(try linuxHeadersSource()),
                    "kernelArch": .text(cpu.kernelSourceFolder),
                ]) { $1 },
                disallowedRequisites: previous.packages + previous.earlier))
        let compilers = CrossToolchain(
            linuxHeaders: linuxHeaders, tools: [names],
            steps: [names, linuxHeaders] + previous.packages.dropLast() + previous.earlier,
            generation: generation)
        return try addFinalToolchain(
            seeds: previous.programs, sources: sources, cross: compilers)
    }
}
