extension PackageAbout {
    /// What is known about a package that stands in Swift.
    static func ofNodeOS(_ package: Package) -> PackageAbout {
        var about = PackageAbout()
        switch package.name {
        case "gcc", "gcc-cross", "gcc-static":
            about.licence = "GPL-3.0-or-later WITH GCC-exception-3.1"
            about.homepage = "https://gcc.gnu.org/"
            about.supplier = "Free Software Foundation"
        case "binutils", "binutils-cross":
            about.licence = "GPL-3.0-or-later"
            about.homepage = "https://www.gnu.org/software/binutils/"
            about.supplier = "Free Software Foundation"
        case "multiprecision":
            about.licence = "LGPL-3.0-or-later"
            about.homepage = "https://gmplib.org/"
            about.supplier = "Free Software Foundation"
        case "musl":
            about.licence = "MIT"
            about.homepage = "https://musl.libc.org/"
            about.supplier = "The musl Project"
        case "linux", "linux-preview", "linux-headers", "gen-init-cpio":
            about.licence = "GPL-2.0-only WITH Linux-syscall-note"
            about.homepage = "https://www.kernel.org/"
            about.supplier = "The Linux Kernel Organization"
        case "libfdt":
            about.licence = "GPL-2.0-or-later OR BSD-2-Clause"
            about.homepage = "https://www.devicetree.org/"
            about.supplier = "The Linux Kernel Organization"
        case "node":
            about.licence = "MIT"
            about.homepage = "https://nodejs.org/"
            about.supplier = "OpenJS Foundation"
        case "qemu":
            about.licence = "GPL-2.0-only"
            about.homepage = "https://www.qemu.org/"
            about.supplier = "The QEMU Project"
        case "nodeos-init":
            about.licence = "MIT"
        default: break
        }
        if package.stage == .seed { about.supplier = "The Debian Project" }
        return about
    }
}
