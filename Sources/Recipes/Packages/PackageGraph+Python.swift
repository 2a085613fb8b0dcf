extension PackageGraph {
    /// A static program or library compiled by the final toolchain.
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

    /// zlib, which Python and QEMU link.
    mutating func addZlib(_ source: Source, toolchain: FinalToolchain) throws(RecipesError)
        -> PackageReference
    {
        try addStatic(
            "zlib", version: "1.2.13", script: .zlib, toolchain: toolchain,
            summary: "zlib, a static library", source: source)
    }

    /// Python for what the builds of node, QEMU and SeaBIOS ask of it.
    mutating func addPython(
        _ source: Source, zlib: PackageReference, toolchain: FinalToolchain
    ) throws(RecipesError) -> PackageReference {
        try addStatic(
            "python", version: "3.11.2", script: .python, toolchain: toolchain,
            summary: "Python for builds, one static program with its modules inside",
            source: source, environment: ["zlib": .output(zlib)])
    }
}
