extension PackageGraph {
    /// NodeOS from source: everything compiled by the final toolchain, no seed an input of any step.
    mutating func addBarebones(
        toolchain: FinalToolchain, node: PackageReference, qemu: PackageReference,
        python: PackageReference
    ) throws(RecipesError) {
        let initramfs = try addInitramfs(toolchain: toolchain, node: node)
        let linux = try addNative(
            "linux", version: Versions.linux, script: .linuxWithInitramfs, toolchain: toolchain,
            summary: "the preview's kernel, by the final toolchain, with the initramfs inside",
            sources: [linuxSource()],
            environment: [
                "linux": .file(.linux), "fragment": .file(.kernelFragmentX8664),
                "kernelArch": .text(cpu.kernelArchitecture),
                "kernelTarget": .text(cpu.kernelTarget), "kernelImage": .text(cpu.kernelImage),
                "initramfs": .output(initramfs),
            ])
        let container = try addNative(
            "barebones-container", stage: .system, script: .container, toolchain: toolchain,
            tools: [python], summary: "the system as a tar and as an OCI image, for containers",
            environment: [
                "initramfs": .output(initramfs), "writer": .file(.containerImage),
                "architecture": .text(cpu.containerArchitecture),
            ])
        let barebones = try addNative(
            "barebones", version: Versions.system, stage: .system, script: .barebones,
            toolchain: toolchain,
            summary: "NodeOS from source: boots into a Node.js prompt, with no path to a seed",
            environment: [
                "linux": .output(linux), "initramfs": .output(initramfs),
                "container": .output(container), "qemu": .output(qemu), "boot": .file(.boot),
                "title": "NodeOS barebones", "qemuProgram": .text(cpu.qemuProgram),
                "qemuMachine": .text(cpu.qemuMachine), "console": .text(cpu.console),
                "memory": "256M",
            ])
        _ = try addNative(
            "barebones-check", stage: .check, script: .barebonesCheck, toolchain: toolchain,
            tools: [python],
            summary: "boots barebones and talks to its prompt; keeps the transcript",
            environment: [
                "barebones": .output(barebones), "driver": .file(.bootCheck),
                "questions": .file(.bootCheckQuestions),
                "moreQuestions": .file(.barebonesQuestions),
                "nodeVersion": .text(Versions.node), "linuxVersion": .text(Versions.linux),
                "muslVersion": .text(Versions.musl), "gccVersion": .text(Versions.gcc),
                "systemVersion": .text(Versions.system),
            ])
    }

    /// Process 1, the initramfs writer, and the initramfs that starts `node`.
    private mutating func addInitramfs(toolchain: FinalToolchain, node: PackageReference)
        throws(RecipesError) -> PackageReference
    {
        let initProgram = try addNative(
            "nodeos-init", script: .cProgram, toolchain: toolchain,
            summary: "process 1, by the final toolchain",
            environment: ["src": .file(.nodeosInit), "program": "nodeos-init"])
        let genInitCpio = try addNative(
            "gen-init-cpio", version: Versions.linux, script: .genInitCpio, toolchain: toolchain,
            summary: "the writer of initramfs archives, by the final toolchain",
            sources: [linuxSource()], environment: [:])
        let environment: [String: Value] = [
            "template": .file(.barebonesInitramfs), "init": .output(initProgram),
            "node": .output(node), "musl": .output(toolchain.musl),
            "gccLib": .output(toolchain.gcc, output: "lib"), "muslLoader": .text(cpu.muslLoader),
            "osRelease": .file(.barebonesRelease), "passwd": .file(.passwd),
            "group": .file(.group),
        ]
        try InitramfsTemplate(.barebonesInitramfs).check(environment: environment)
        return try addNative(
            "initramfs", script: .initramfs, toolchain: toolchain, tools: [genInitCpio],
            summary: "the system's root file system: process 1, node, musl, two libraries of gcc",
            environment: environment)
    }
}
