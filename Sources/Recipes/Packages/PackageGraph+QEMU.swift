extension PackageGraph {
    /// QEMU from source: static emulators of machines and of programs for the processors of
    /// ``CPU``, with the firmware of a PC.
    mutating func addQEMU(
        _ sources: QEMUSources, python: PackageReference, zlib: PackageReference,
        toolchain: FinalToolchain
    ) throws(RecipesError) -> PackageReference {
        let tools = try addMesonTools(sources, python: python, toolchain: toolchain)
        let pcre2 = try addStatic(
            "pcre2", version: "10.42", script: .pcre2, toolchain: toolchain,
            summary: "regular expressions, a static library", source: sources.pcre2)
        let glib = try addStatic(
            "glib", version: "2.74.6", script: .glib, toolchain: toolchain, tools: tools,
            summary: "glib and gthread, static libraries", source: sources.glib,
            environment: ["PKG_CONFIG_PATH": pkgConfigPath([pcre2])])
        let pixman = try addStatic(
            "pixman", version: "0.42.2", script: .pixman, toolchain: toolchain, tools: tools,
            summary: "operations on pixels, a static library", source: sources.pixman)
        let libfdt = try addStatic(
            "libfdt", version: "6.1.176", script: .libfdt, toolchain: toolchain,
            summary: "device trees, a static library out of the kernel's source",
            source: linuxSource())
        let seabios = try addStatic(
            "seabios", version: "1.16.2", script: .seabios, toolchain: toolchain, tools: [python],
            summary: "the firmware of QEMU's PCs", source: sources.seabios)
        let patch = try addStatic(
            "patch", version: "2.7.6", script: .patch, toolchain: toolchain,
            summary: "GNU patch, which believes line numbers", source: sources.patch)
        let qemu = try addStatic(
            "qemu", version: "7.2.22", script: .qemu, toolchain: toolchain, tools: [patch] + tools,
            summary: "emulators of machines and programs for each processor, static, no display",
            source: sources.qemu,
            environment: [
                "PKG_CONFIG_PATH": pkgConfigPath([glib, pcre2, pixman, zlib]),
                "stable": .source(sources.qemuStable), "libfdt": .output(libfdt),
                "zlib": .output(zlib), "seabios": .output(seabios),
                "processors": .text(CPU.allCases.map(\.qemuName).joined(separator: " ")),
            ])
        _ = try addNative(
            "qemu-check", stage: .check, script: .qemuCheck, toolchain: toolchain, tools: [python],
            summary: "starts every emulator of QEMU; keeps what each said",
            environment: ["qemu": .output(qemu), "driver": .file(.qemuCheckDriver)])
        return qemu
    }

    /// meson and what it calls.
    private mutating func addMesonTools(
        _ sources: QEMUSources, python: PackageReference, toolchain: FinalToolchain
    ) throws(RecipesError) -> [PackageReference] {
        let ninja = try addStatic(
            "ninja", version: "1.11.1", script: .ninja, toolchain: toolchain,
            summary: "runs what meson wrote down", source: sources.ninja)
        let pkgconf = try addStatic(
            "pkgconf", version: "1.8.1", script: .pkgconf, toolchain: toolchain,
            summary: "pkg-config: how to compile and link with a library", source: sources.pkgconf)
        let meson = try addStatic(
            "meson", version: "1.0.1", script: .meson, toolchain: toolchain,
            summary: "the build system of glib, pixman and QEMU", source: sources.meson,
            environment: ["python": .output(python)])
        return [meson, ninja, pkgconf, python]
    }

    /// Where pkg-config looks.
    private func pkgConfigPath(_ libraries: [PackageReference]) -> Value {
        .list(libraries.map { .output($0, suffix: "/lib/pkgconfig") }, separator: ":")
    }
}
