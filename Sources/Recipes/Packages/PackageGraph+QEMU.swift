extension PackageGraph {
    /// QEMU from source: static emulators of machines and of programs for the processors of
    /// ``CPU``, with the firmware of a PC.
    mutating func addQEMU(
        python: PackageReference, zlib: PackageReference, toolchain: FinalToolchain
    ) throws(RecipesError) -> PackageReference {
        let surroundings = staticSurroundings(toolchain)
        let ninja = try addCatalogue("ninja", surroundings)
        let pkgconf = try addCatalogue("pkgconf", surroundings)
        let meson = try addCatalogue("meson", surroundings)
        let tools = [meson, ninja, pkgconf, python]
        let pcre2 = try addCatalogue("pcre2", surroundings)
        let glib = try addCatalogue("glib", surroundings)
        let libfdt = try addStatic(
            "libfdt", version: Versions.linuxHeaders, script: .libfdt, toolchain: toolchain,
            summary: "device trees, a static library out of the kernel's source",
            source: linuxHeadersSource())
        let seabios = try addCatalogue("seabios", surroundings)
        let qemu = try addStatic(
            "qemu", version: Versions.qemu, script: .qemu, toolchain: toolchain,
            tools: tools,
            summary: "emulators of machines and programs for each processor, static, no display",
            source: qemuSource(),
            environment: [
                "PKG_CONFIG_PATH": pkgConfigPath([glib, pcre2, zlib]),
                "libfdt": .output(libfdt), "zlib": .output(zlib), "seabios": .output(seabios),
                "processors": .text(CPU.allCases.map(\.qemuName).joined(separator: " ")),
            ])
        _ = try addNative(
            "qemu-check", stage: .check, script: .qemuCheck, toolchain: toolchain, tools: [python],
            summary: "starts every emulator of QEMU; keeps what each said",
            environment: ["qemu": .output(qemu), "driver": .file(.qemuCheckDriver)])
        return qemu
    }

    /// QEMU's source: Debian's archive is upstream's without the firmware that comes as programs.
    private func qemuSource() throws(RecipesError) -> Source {
        try .debian(
            "pool/main/q/qemu/qemu_\(Versions.qemu)+ds.orig.tar.xz",
            sha256: "6a0888e806c2ffc0c5f0733e974f9aea55491950d3c47c98669c8b236dde59ae",
            size: 40_010_016)
    }

    /// Where pkg-config looks.
    private func pkgConfigPath(_ libraries: [PackageReference]) -> Value {
        .list(libraries.map { .output($0, suffix: "/lib/pkgconfig") }, separator: ":")
    }
}
