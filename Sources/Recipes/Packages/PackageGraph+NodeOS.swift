extension PackageGraph {
    /// The packages of NodeOS for `cpu`.
    ///
    /// - Parameters:
    ///   - cpu: The processor that all of them are for.
    ///   - toolchainGenerations: How many generations of the native toolchain there are: the system is
    ///     built by the first; each of the others by the one before it (``toolchainNames(generation:)``).
    /// - Throws: ``RecipesError/noSeeds(system:)`` for a processor without seeds yet.
    package static func nodeos(for cpu: CPU, toolchainGenerations: Int = 3) throws(RecipesError)
        -> PackageGraph
    {
        let manifest = try SeedManifest.embedded(for: cpu)
        var graph = PackageGraph(for: cpu)
        let seeds = try graph.addSeeds(manifest)
        let node = try graph.addNodeSeed(manifest, seeds: seeds)
        let qemu = try graph.addQEMUSeed(manifest, seeds: seeds)
        let linux = try graph.addLinuxPreview(seeds: seeds)
        let initramfs = try graph.addInitramfsPreview(seeds: seeds, node: node)
        let preview = try graph.addBarebonesPreview(
            seeds: seeds, linux: linux, initramfs: initramfs, qemu: qemu)
        try graph.addBarebonesPreviewCheck(seeds: seeds, preview: preview)

        try graph.addMesonTools(seeds: seeds)
        let sources = try ToolchainSources()
        let cross = try graph.addCrossToolchain(seeds: seeds, sources: sources)
        let toolchain = try graph.addFinalToolchain(seeds: seeds, sources: sources, cross: cross)
        let surroundings = graph.staticSurroundings(toolchain)
        let zlib = try graph.addCatalogue("zlib", surroundings)
        let python = try graph.addCatalogue("python", surroundings)
        // None of these packages needs them: recipe files may name them.
        for name in [
            "patch", "perl", "openssl", "ada", "brotli", "c-ares", "llhttp", "nghttp2", "simdjson",
            "simdutf", "zstd",
        ] {
            _ = try graph.addCatalogue(name, surroundings)
        }
        let builtQEMU = try graph.addQEMU(python: python, zlib: zlib, toolchain: toolchain)
        let builtNode = try graph.addNode(toolchain: toolchain, python: python)
        try graph.addBarebones(
            toolchain: toolchain, node: builtNode, qemu: builtQEMU, python: python)
        var newest = toolchain
        for generation in stride(from: 2, through: toolchainGenerations, by: 1) {
            newest = try graph.addToolchain(
                generation: generation, builtBy: newest, sources: sources)
        }
        return graph
    }
}
