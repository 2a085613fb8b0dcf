extension PackageGraph {
    /// What boots: kernel, initramfs, and a program that starts them in QEMU.
    mutating func addBarebonesPreview(
        seeds: PackageReference, linux: PackageReference, initramfs: PackageReference,
        qemu: PackageReference
    ) throws(RecipesError) -> PackageReference {
        try add(
            Package(
                "barebones-preview", stage: .system,
                summary: "NodeOS that boots into a Node.js prompt; bin/boot starts it in QEMU",
                buildSystem: .script(.barebonesPreview, seeds: seeds),
                environment: [
                    "linux": .output(linux), "initramfs": .output(initramfs),
                    "qemu": .output(qemu), "boot": .file(.boot),
                    "title": "NodeOS barebones (preview)",
                    "loaderName": .text(cpu.loaderName), "qemuProgram": .text(cpu.qemuProgram),
                    "qemuMachine": .text(cpu.qemuMachine), "console": .text(cpu.console),
                    // Twice the initramfs, which is there as a file and as an archive at first,
                    // and as much again for what a person does.
                    "memory": "512M",
                ],
                disallowedRequisites: [seeds]))
    }

    /// The boot check; its output is the transcript.
    mutating func addBarebonesPreviewCheck(seeds: PackageReference, preview: PackageReference)
        throws(RecipesError)
    {
        _ = try add(
            Package(
                "barebones-preview-check", stage: .check,
                summary: "boots barebones-preview and talks to its prompt; keeps the transcript",
                buildSystem: .script(.barebonesPreviewCheck, seeds: seeds),
                environment: [
                    "preview": .output(preview), "driver": .file(.bootCheck),
                    "questions": .file(.bootCheckQuestions),
                    "nodeVersion": .text(Versions.nodeSeed),
                    "linuxVersion": .text(Versions.linux),
                ],
                disallowedReferences: [seeds]))
    }
}
