/// A file that this program carries for builds: a script, or what a script reads. Each becomes a
/// text in the store, so that a change to it changes what depends on it and nothing else.
package enum ScriptFile: String, Sendable, Hashable, CaseIterable {
    /// Sourced first by every build script.
    case setup = "setup.sh"
    /// Unpacked seed packages → one relocated store path.
    case seedsRelocate = "seeds-relocate.sh"
    /// A few programs out of unpacked seed packages.
    case seedPrograms = "seed-programs.sh"
    /// The kernel.
    case linux = "linux.sh"
    /// What the preview's kernel has, for `x86_64`.
    case kernelFragmentX8664 = "kernel-x86_64.fragment"
    /// One C file → one program.
    case cProgram = "c-program.sh"
    /// Process 1.
    case nodeosInit = "nodeos-init.c"
    /// The kernel's initramfs writer.
    case genInitCpio = "gen-init-cpio.sh"
    /// Template → initramfs.
    case initramfs = "initramfs.sh"
    /// What the preview's initramfs holds.
    case initramfsTemplate = "initramfs-preview.template"
    /// `/etc/os-release`.
    case osRelease = "os-release"
    /// `/etc/passwd`.
    case passwd = "passwd"
    /// `/etc/group`.
    case group = "group"
    /// Kernel and initramfs → what boots.
    case barebonesPreview = "barebones-preview.sh"
    /// The program `bin/boot`.
    case boot = "boot.sh"
    /// The boot check.
    case barebonesPreviewCheck = "barebones-preview-check.sh"
    /// The boot check's driver.
    case bootCheck = "boot-check.py"
    /// What the boot check types, and the answers.
    case bootCheckQuestions = "boot-check.questions"
    /// What the steps of the toolchain have in common.
    case toolchain = "bootstrap/toolchain.sh"
    /// The headers that gcc's middle end compiles once.
    case gccPrecompiled = "bootstrap/precompiled.h"
    /// The kernel's headers for programs.
    case linuxHeaders = "bootstrap/linux-headers.sh"
    /// gmp, mpfr and mpc.
    case multiprecision = "bootstrap/multiprecision.sh"
    /// binutils that run on the seeds.
    case binutilsCross = "bootstrap/binutils-cross.sh"
    /// A C compiler that needs no C library.
    case gccStatic = "bootstrap/gcc-static.sh"
    /// The C library.
    case musl = "bootstrap/musl.sh"
    /// C and C++, running on the seeds.
    case gccCross = "bootstrap/gcc-cross.sh"
    /// Programs compiled, looked at and run.
    case toolchainCheck = "bootstrap/toolchain-check.sh"
    /// binutils that run on musl.
    case binutils = "bootstrap/binutils.sh"
    /// C and C++, running on musl.
    case gcc = "bootstrap/gcc.sh"
    /// A program with the usual configure script.
    case autotools = "bootstrap/autotools.sh"
    /// The same for an archive without its manual.
    case autotoolsWithoutManual = "bootstrap/autotools-without-manual.sh"
    /// Several packages under one `bin`.
    case toolchainUnion = "bootstrap/toolchain-union.sh"
    /// The programs of a native toolchain under the names of a cross toolchain.
    case targetNames = "bootstrap/target-names.sh"
    /// What builds with the final toolchain have in common.
    case staticBuild = "system/static.sh"
    /// The kernel with its initramfs inside.
    case linuxWithInitramfs = "system/linux-with-initramfs.sh"
    /// What the system's initramfs holds.
    case barebonesInitramfs = "system/barebones-initramfs.template"
    /// The system's `/etc/os-release`.
    case barebonesRelease = "system/barebones-os-release"
    /// Initramfs list → container image.
    case container = "system/container.sh"
    /// The writer of container images.
    case containerImage = "system/container-image.py"
    /// Kernel, container and `bin/boot` → the system.
    case barebones = "system/barebones.sh"
    /// The system's boot check.
    case barebonesCheck = "system/barebones-check.sh"
    /// What only NodeOS answers.
    case barebonesQuestions = "system/barebones.questions"
    /// libfdt.
    case libfdt = "system/libfdt.sh"
    /// QEMU.
    case qemu = "system/qemu.sh"
    /// Every emulator started.
    case qemuCheck = "system/qemu-check.sh"
    /// What the emulators run.
    case qemuCheckDriver = "system/qemu-check.py"
    /// Node.js.
    case node = "node/node.sh"
    /// What becomes of each of Debian's patches of Node.js.
    case nodeDebianPatches = "node/debian-patches.txt"
    /// Node.js tells the version of NodeOS.
    case nodeVersionPatch = "node/nodeos-version.patch"
    /// The headers of V8 that its files share, compiled once.
    case v8Headers = "node/v8-headers.h"
    /// The headers of Node.js that its files share, compiled once.
    case nodeHeaders = "node/node-headers.h"
    /// Node.js, asked through a pipe.
    case nodeCheck = "node/node-check.sh"
    /// What that check types, and the answers.
    case nodeCheckQuestions = "node/node-check.questions"
    /// What builds of recipe files have after ``setup``.
    case ownSetup = "own/package-setup.sh"
    /// configure, make, make install.
    case ownAutotools = "own/package-autotools.sh"
    /// make, make install.
    case ownMake = "own/package-make.sh"
    /// meson and ninja.
    case ownMeson = "own/package-meson.sh"
    /// Files, as they are.
    case ownCopy = "own/package-copy.sh"
    /// An archive and patches → an archive.
    case patchedSource = "own/patched-source.sh"

    /// Where the file is below `Sources/Recipes/Scripts`.
    package var path: String { rawValue }

    /// The file's name in the store.
    package var name: String { rawValue.split(separator: "/").last.map { String($0) } ?? rawValue }

    /// The file's bytes.
    package var bytes: [UInt8] {
        switch self {
        case .setup: PackageResources.setup_sh
        case .seedsRelocate: PackageResources.seeds_relocate_sh
        case .seedPrograms: PackageResources.seed_programs_sh
        case .linux: PackageResources.linux_sh
        case .kernelFragmentX8664: PackageResources.kernel_x86_64_fragment
        case .cProgram: PackageResources.c_program_sh
        case .nodeosInit: PackageResources.nodeos_init_c
        case .genInitCpio: PackageResources.gen_init_cpio_sh
        case .initramfs: PackageResources.initramfs_sh
        case .initramfsTemplate: PackageResources.initramfs_preview_template
        case .osRelease: PackageResources.os_release
        case .passwd: PackageResources.passwd
        case .group: PackageResources.group
        case .barebonesPreview: PackageResources.barebones_preview_sh
        case .boot: PackageResources.boot_sh
        case .barebonesPreviewCheck: PackageResources.barebones_preview_check_sh
        case .bootCheck: PackageResources.boot_check_py
        case .bootCheckQuestions: PackageResources.boot_check_questions
        case .toolchain: PackageResources.toolchain_sh
        case .gccPrecompiled: PackageResources.precompiled_h
        case .linuxHeaders: PackageResources.linux_headers_sh
        case .multiprecision: PackageResources.multiprecision_sh
        case .binutilsCross: PackageResources.binutils_cross_sh
        case .gccStatic: PackageResources.gcc_static_sh
        case .musl: PackageResources.musl_sh
        case .gccCross: PackageResources.gcc_cross_sh
        case .toolchainCheck: PackageResources.toolchain_check_sh
        case .binutils: PackageResources.binutils_sh
        case .gcc: PackageResources.gcc_sh
        case .autotools: PackageResources.autotools_sh
        case .autotoolsWithoutManual: PackageResources.autotools_without_manual_sh
        case .toolchainUnion: PackageResources.toolchain_union_sh
        case .targetNames: PackageResources.target_names_sh
        case .staticBuild: PackageResources.static_sh
        case .linuxWithInitramfs: PackageResources.linux_with_initramfs_sh
        case .barebonesInitramfs: PackageResources.barebones_initramfs_template
        case .barebonesRelease: PackageResources.barebones_os_release
        case .container: PackageResources.container_sh
        case .containerImage: PackageResources.container_image_py
        case .barebones: PackageResources.barebones_sh
        case .barebonesCheck: PackageResources.barebones_check_sh
        case .barebonesQuestions: PackageResources.barebones_questions
        case .libfdt: PackageResources.libfdt_sh
        case .qemu: PackageResources.qemu_sh
        case .qemuCheck: PackageResources.qemu_check_sh
        case .qemuCheckDriver: PackageResources.qemu_check_py
        case .node: PackageResources.node_sh
        case .nodeDebianPatches: PackageResources.debian_patches_txt
        case .nodeVersionPatch: PackageResources.nodeos_version_patch
        case .v8Headers: PackageResources.v8_headers_h
        case .nodeHeaders: PackageResources.node_headers_h
        case .nodeCheck: PackageResources.node_check_sh
        case .nodeCheckQuestions: PackageResources.node_check_questions
        case .ownSetup: PackageResources.package_setup_sh
        case .ownAutotools: PackageResources.package_autotools_sh
        case .ownMake: PackageResources.package_make_sh
        case .ownMeson: PackageResources.package_meson_sh
        case .ownCopy: PackageResources.package_copy_sh
        case .patchedSource: PackageResources.patched_source_sh
        }
    }
}
