extension PackageGraph {
    /// The packages of NodeOS for `cpu`.
    ///
    /// - Throws: ``RecipesError/noSeeds(system:)`` for a processor without seeds yet.
    public static func nodeos(for cpu: CPU) throws(RecipesError) -> PackageGraph {
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

        let sources = try ToolchainSources()
        let cross = try graph.addCrossToolchain(seeds: seeds, sources: sources)
        let toolchain = try graph.addFinalToolchain(seeds: seeds, sources: sources, cross: cross)
        let zlib = try graph.addZlib(sources.zlib, toolchain: toolchain)
        let python = try graph.addPython(sources.python, zlib: zlib, toolchain: toolchain)
        let builtQEMU = try graph.addQEMU(
            QEMUSources(), python: python, zlib: zlib, toolchain: toolchain)
        let builtNode = try graph.addNode(toolchain: toolchain, python: python)
        try graph.addBarebones(
            toolchain: toolchain, node: builtNode, qemu: builtQEMU, python: python)
        return graph
    }
}
