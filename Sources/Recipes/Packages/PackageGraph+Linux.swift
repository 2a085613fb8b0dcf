extension PackageGraph {
    /// Linux's source; the initramfs writer comes out of it too.
    func linuxSource() throws(RecipesError) -> Source {
        try .debian(
            "pool/main/l/linux/linux_\(Versions.linux).orig.tar.xz",
            sha256: "efc76d3c78a5d65f42724118c437d11db1c9f6309a5f024ee9a8b1978fdc6919",
            size: 151_398_592)
    }

    /// The source that the toolchain's headers come from.
    func linuxHeadersSource() throws(RecipesError) -> Source {
        try .debian(
            "pool/main/l/linux/linux_\(Versions.linuxHeaders).orig.tar.xz",
            sha256: "9aad4025973feea3f0d978e82ab7db97d8d5ce3f59fcc6b1f316153d66e3a504",
            size: 137_945_728)
    }

    /// The preview's kernel: the configuration is tiny, the compiler a seed.
    mutating func addLinuxPreview(seeds: PackageReference) throws(RecipesError) -> PackageReference
    {
        try add(
            Package(
                "linux-preview", version: Versions.linux, stage: .system,
                summary: "Linux for a machine with a serial console and nothing else",
                buildSystem: .script(.linux, seeds: seeds), sources: [linuxSource()],
                environment: [
                    "fragment": .file(.kernelFragmentX8664),
                    "kernelArch": .text(cpu.kernelArchitecture),
                    "kernelTarget": .text(cpu.kernelTarget),
                    "kernelImage": .text(cpu.kernelImage),
                ],
                disallowedRequisites: [seeds]))
    }

    /// Process 1, the initramfs writer, and the initramfs that starts `node`.
    mutating func addInitramfsPreview(seeds: PackageReference, node: PackageReference)
        throws(RecipesError) -> PackageReference
    {
        let initProgram = try add(
            Package(
                "nodeos-init", stage: .system,
                summary: "process 1: mounts, job control, reaps, powers off when node ends",
                buildSystem: .script(.cProgram, seeds: seeds),
                environment: ["src": .file(.nodeosInit), "program": "nodeos-init"],
                disallowedRequisites: [seeds]))
        let genInitCpio = try add(
            Package(
                "gen-init-cpio", version: Versions.linux, stage: .system,
                summary: "the kernel's own writer of initramfs archives",
                buildSystem: .script(.genInitCpio, seeds: seeds), sources: [linuxSource()],
                disallowedRequisites: [seeds]))
        let environment: [String: Value] = [
            "template": .file(.initramfsTemplate), "init": .output(initProgram),
            "node": .output(node), "osRelease": .file(.osRelease), "passwd": .file(.passwd),
            "group": .file(.group),
        ]
        try InitramfsTemplate(.initramfsTemplate).check(environment: environment)
        return try add(
            Package(
                "initramfs-preview", stage: .system,
                summary: "the preview's root file system: process 1 and node",
                buildSystem: .script(.initramfs, seeds: seeds), tools: [genInitCpio],
                environment: environment, disallowedRequisites: [seeds]))
    }
}
