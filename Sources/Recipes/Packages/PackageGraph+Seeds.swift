extension PackageGraph {
    /// The seed toolchain: unpacked, then relocated so that every leak of it can be seen.
    mutating func addSeeds(_ manifest: SeedManifest) throws(RecipesError) -> PackageReference {
        let unpacked = try addUnpacked("seeds-unpacked", group: manifest.group("toolchain"))
        // No shell runs before this step: its builder is the loader with the shell as an argument.
        let libraries = "/usr/lib/\(cpu.debianTriple)"
        return try add(
            Package(
                "seeds", stage: .seed,
                summary: "compiler, shell and tools of Debian, moved to a store path of their own",
                buildSystem: .program(
                    .output(unpacked, suffix: "\(libraries)/\(cpu.loaderName)"),
                    arguments: [
                        "--library-path", .output(unpacked, suffix: libraries),
                        .output(unpacked, suffix: "/usr/bin/bash"), "-e", .file(.seedsRelocate),
                    ]),
                environment: [
                    "unpacked": .output(unpacked), "triple": .text(cpu.debianTriple),
                    "loaderName": .text(cpu.loaderName),
                ],
                disallowedReferences: [unpacked]))
    }

    /// Node.js of Debian with the libraries it loads.
    mutating func addNodeSeed(_ manifest: SeedManifest, seeds: PackageReference)
        throws(RecipesError) -> PackageReference
    {
        let modules = "usr/share/nodejs"
        return try addSeedPrograms(
            "node", version: Versions.nodeSeed, group: manifest.group("node"), seeds: seeds,
            summary: "Node.js of Debian with the libraries it loads, for the preview",
            programs: ["usr/bin/node"], modules: [],
            files: [
                "\(modules)/acorn/dist/acorn.js", "\(modules)/acorn-walk/dist/walk.js",
                "\(modules)/cjs-module-lexer/lexer.js",
                "\(modules)/cjs-module-lexer/dist/lexer.js", "\(modules)/undici/undici-fetch.js",
            ])
    }

    /// QEMU of Debian with the libraries and firmware it loads.
    mutating func addQEMUSeed(_ manifest: SeedManifest, seeds: PackageReference)
        throws(RecipesError) -> PackageReference
    {
        try addSeedPrograms(
            "qemu", version: Versions.qemuSeed, group: manifest.group("qemu"), seeds: seeds,
            summary: "QEMU of Debian with the libraries and firmware it loads, to boot previews",
            programs: ["usr/bin/\(cpu.qemuProgram)"],
            modules: ["usr/lib/\(cpu.debianTriple)/qemu/accel-tcg-x86_64.so"],
            files: [
                "usr/share/seabios/bios-256k.bin", "usr/share/qemu/linuxboot_dma.bin",
                "usr/share/qemu/kvmvapic.bin",
            ])
    }

    private mutating func addSeedPrograms(
        _ name: String, version: String, group: SeedGroup, seeds: PackageReference,
        summary: String, programs: [String], modules: [String], files: [String]
    ) throws(RecipesError) -> PackageReference {
        let unpacked = try addUnpacked("\(name)-unpacked", group: group)
        return try add(
            Package(
                name, version: version, stage: .seed, summary: summary,
                buildSystem: .script(.seedPrograms, seeds: seeds),
                environment: [
                    "unpacked": .output(unpacked), "loaderName": .text(cpu.loaderName),
                    "programs": .text(programs.joined(separator: " ")),
                    "modules": .text(modules.joined(separator: " ")),
                    "files": .text(files.joined(separator: " ")),
                ],
                disallowedReferences: [seeds, unpacked]))
    }

    /// The packages of a group over each other, as their distribution made them.
    private mutating func addUnpacked(_ name: String, group: SeedGroup) throws(RecipesError)
        -> PackageReference
    {
        try add(
            Package(
                name, stage: .seed,
                buildSystem: .unpack(.debianUsrMerge), sources: group.packages.map(\.source)))
    }
}
