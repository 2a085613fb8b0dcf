extension PackageGraph {
    /// The variables of every script of the toolchain.
    var toolchainEnvironment: [String: Value] {
        [
            "toolchain": .file(.toolchain), "target": .text(cpu.targetTriple),
            "build": .text(cpu.buildTriple), "muslLoader": .text(cpu.muslLoader),
        ]
    }

    /// The cross toolchain: kernel headers, binutils, a C compiler without a library, musl, and the
    /// compiler for C and C++ that makes everything later. Programs it makes do not name the seeds.
    mutating func addCrossToolchain(seeds: PackageReference, sources: ToolchainSources)
        throws(RecipesError) -> CrossToolchain
    {
        let linuxHeaders = try addStep(
            "linux-headers", version: Versions.linuxHeaders, script: .linuxHeaders, seeds: seeds,
            summary: "the kernel's interface for programs",
            environment: [
                "src": .source(linuxHeadersSource()), "kernelArch": .text(cpu.kernelSourceFolder),
            ])
        let multiprecision = try addStep(
            "multiprecision", script: .multiprecision, seeds: seeds,
            summary: "gmp, mpfr and mpc for the compilers that run on the seeds",
            environment: [
                "gmp": .source(sources.gmp), "mpfr": .source(sources.mpfr),
                "mpc": .source(sources.mpc),
            ])
        let binutils = try addStep(
            "binutils-cross", version: Versions.binutils, script: .binutilsCross, seeds: seeds,
            summary: "assembler and linker for \(cpu.targetTriple)",
            environment: ["src": .source(sources.binutils)])
        let compiler: [String: Value] = [
            "src": .source(sources.gcc), "precompiled": .file(.gccPrecompiled),
            "multiprecision": .output(multiprecision), "binutils": .output(binutils),
        ]
        let gccStatic = try addStep(
            "gcc-static", version: Versions.gcc, script: .gccStatic, seeds: seeds,
            tools: [binutils],
            summary: "a C compiler that needs no C library, to compile one",
            environment: compiler)
        let musl = try addStep(
            "musl", version: Versions.musl, script: .musl, seeds: seeds,
            tools: [gccStatic, binutils],
            summary: "the C library that the cross compiler links",
            environment: [
                "src": .source(sources.musl), "linuxHeaders": .output(linuxHeaders),
            ],
            disallowedReferences: [seeds, multiprecision, binutils, gccStatic])
        let gcc = try addStep(
            "gcc-cross", version: Versions.gcc, script: .gccCross, seeds: seeds, tools: [binutils],
            summary: "C and C++ for \(cpu.targetTriple), running on the seeds",
            environment: compiler.merging(
                ["musl": .output(musl), "hostOptimisation": "-O1"]) { $1 },
            outputs: ["out", "lib"])
        _ = try addStep(
            "toolchain-check", script: .toolchainCheck, seeds: seeds, tools: [gcc, binutils],
            summary: "compiles and runs programs with the cross toolchain; keeps the transcript",
            environment: [
                "compilerPrefix": .text("\(cpu.targetTriple)-"), "musl": .output(musl),
                "gccLib": .output(gcc, output: "lib"),
            ],
            disallowedReferences: [seeds])
        return CrossToolchain(
            linuxHeaders: linuxHeaders, tools: [gcc, binutils],
            steps: [linuxHeaders, multiprecision, binutils, gccStatic, musl, gcc])
    }

    /// One step of the cross toolchain.
    private mutating func addStep(
        _ name: String, version: String? = nil, script: ScriptFile, seeds: PackageReference,
        tools: [PackageReference] = [], summary: String, environment: [String: Value],
        outputs: [String] = ["out"], disallowedReferences: [PackageReference] = []
    ) throws(RecipesError) -> PackageReference {
        try add(
            Package(
                name, version: version, stage: .boot(0), summary: summary,
                buildSystem: .script(script, seeds: seeds), tools: tools,
                environment: toolchainEnvironment.merging(environment) { $1 }, outputs: outputs,
                disallowedReferences: disallowedReferences))
    }
}
