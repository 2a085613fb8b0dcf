extension PackageGraph {
    /// The native toolchain, which leads back to no seed: binutils, gcc, musl and the programs that
    /// builds call, compiled by the cross toolchain to run on musl.
    mutating func addFinalToolchain(
        seeds: PackageReference, sources: ToolchainSources, cross: CrossToolchain
    ) throws(RecipesError) -> FinalToolchain {
        let earlier = [seeds] + cross.steps
        let musl = try addFinal(
            "musl", version: Versions.musl, script: .musl, seeds: seeds, cross: cross,
            summary: "the C library of the system, with the kernel's headers",
            environment: [
                "src": .source(sources.musl), "linuxHeaders": .output(cross.linuxHeaders),
            ])
        let binutils = try addFinal(
            "binutils", version: Versions.binutils, script: .binutils, seeds: seeds, cross: cross,
            summary: "assembler and linker, running on musl",
            environment: ["src": .source(sources.binutils)])
        let gcc = try addFinal(
            "gcc", version: Versions.gcc, script: .gcc, seeds: seeds, cross: cross,
            before: [binutils],
            summary: "C and C++, running on musl; libgcc_s and libstdc++ in the output lib",
            environment: [
                "src": .source(sources.gcc), "precompiled": .file(.gccPrecompiled),
                "gmp": .source(sources.gmp), "mpfr": .source(sources.mpfr),
                "mpc": .source(sources.mpc), "musl": .output(musl), "binutils": .output(binutils),
                "hostOptimisation": "-O2",
            ],
            outputs: ["out", "lib"])
        var packages = [gcc, binutils]
        packages += try addFinalTools(seeds: seeds, cross: cross)
        let toolchain = try add(
            Package(
                "toolchain", stage: .final, generation: cross.generation,
                summary: cross.summary("compiler, shell and tools without a seed, in one bin/"),
                buildSystem: .script(.toolchainUnion, seeds: seeds),
                environment: ["packages": .list(packages.map { .output($0) })],
                disallowedRequisites: earlier))
        _ = try add(
            Package(
                "toolchain-check", stage: .final, generation: cross.generation,
                summary: cross.summary(
                    "compiles and runs programs with the final toolchain alone"),
                buildSystem: .script(.toolchainCheck, seeds: toolchain),
                environment: toolchainEnvironment.merging([
                    "musl": .output(musl), "gccLib": .output(gcc, output: "lib"),
                ]) { $1 },
                disallowedRequisites: earlier))
        return FinalToolchain(
            programs: toolchain, musl: musl, binutils: binutils, gcc: gcc,
            packages: [musl] + packages + [toolchain], earlier: earlier)
    }

    /// One package of the system, built by the final toolchain alone: no seed is an input of it.
    mutating func addNative(
        _ name: String, version: String? = nil, stage: Stage = .final, script: ScriptFile,
        toolchain: FinalToolchain, tools: [PackageReference] = [], summary: String,
        sources: [Source] = [], environment: [String: Value], outputs: [String] = ["out"]
    ) throws(RecipesError) -> PackageReference {
        try add(
            Package(
                name, version: version, stage: stage, summary: summary,
                buildSystem: .script(script, seeds: toolchain.programs), sources: sources,
                tools: tools, environment: environment, outputs: outputs,
                disallowedRequisites: toolchain.earlier))
    }

    /// One package that the cross toolchain compiles and that leads to no earlier stage.
    mutating func addFinal(
        _ name: String, version: String, script: ScriptFile, seeds: PackageReference,
        cross: CrossToolchain, before: [PackageReference] = [], summary: String,
        environment: [String: Value], outputs: [String] = ["out"]
    ) throws(RecipesError) -> PackageReference {
        try add(
            Package(
                name, version: version, stage: .final, generation: cross.generation,
                summary: cross.summary(summary),
                buildSystem: .script(script, seeds: seeds), tools: before + cross.tools,
                environment: toolchainEnvironment.merging(environment) { $1 }, outputs: outputs,
                disallowedRequisites: [seeds] + cross.steps))
    }
}
