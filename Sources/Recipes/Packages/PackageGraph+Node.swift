extension PackageGraph {
    /// Node.js on musl, compiled by the final toolchain alone, and its check.
    ///
    /// - Returns: The package with `bin/node`.
    mutating func addNode(toolchain: FinalToolchain, python: PackageReference)
        throws(RecipesError) -> PackageReference
    {
        let sources = try NodeSources()
        let node = try add(
            Package(
                "node", version: Versions.node, stage: .final,
                summary: "Node.js from source, on musl; tells the version of NodeOS",
                buildSystem: .script(.node, seeds: toolchain.programs),
                tools: [python],
                environment: toolchainEnvironment.merging([
                    "src": .source(sources.node), "ada": .source(sources.ada),
                    "debian": .source(sources.debian), "brotli": .source(sources.brotli),
                    "acorn": .source(sources.acorn), "lexer": .source(sources.lexer),
                    "undici": .source(sources.undici),
                    "debianPatches": .file(.nodeDebianPatches),
                    "systemPatch": .file(.nodeVersionPatch), "v8Headers": .file(.v8Headers),
                    "nodeHeaders": .file(.nodeHeaders), "nodeCPU": .text(cpu.nodeName),
                    "nodeosVersion": .text(Versions.system),
                ]) { $1 },
                // Programs link musl and the compiler's libraries; the rest stays behind.
                disallowedReferences: [toolchain.programs, python],
                disallowedRequisites: toolchain.earlier))
        _ = try addNative(
            "node-check", script: .nodeCheck, toolchain: toolchain,
            summary: "talks to node's prompt through a pipe; keeps the transcript",
            environment: [
                "node": .output(node), "musl": .output(toolchain.musl),
                "muslLoader": .text(cpu.muslLoader),
                "gccLib": .output(toolchain.gcc, output: "lib"),
                "questions": .file(.nodeCheckQuestions), "nodeCPU": .text(cpu.nodeName),
                "nodeosVersion": .text(Versions.system),
            ])
        return node
    }
}
