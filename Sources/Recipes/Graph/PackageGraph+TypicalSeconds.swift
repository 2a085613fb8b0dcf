extension PackageGraph {
    /// How long the builds typically take, in seconds on 2 cores that are otherwise idle, two builds at
    /// once, by the name without version: so that a first run can tell what is left. Measured on
    /// 2026-11-21 (`docs/bootstrap.md`).
    package static let typicalSeconds: [String: Double] = [
        "linux-preview": 150, "seeds-unpacked": 4, "seeds": 1, "binutils-cross-boot0": 65,
        "multiprecision-boot0": 70, "linux-headers-boot0": 15, "gcc-static-boot0": 210,
        "musl-boot0": 145, "gcc-cross-boot0": 435, "musl-final": 29, "binutils-final": 85,
        "coreutils-final": 85, "m4-final": 44, "busybox-final": 52, "bash-final": 56,
        "findutils-final": 70, "tar-final": 60, "bison-final": 56, "gawk-final": 27,
        "diffutils-final": 53, "sed-final": 53, "grep-final": 45, "flex-final": 16, "make-final": 7,
        "gcc-final": 825, "toolchain-final": 2, "zlib-final": 2, "perl-final": 200,
        "openssl-final": 130, "c-ares-final": 25,
        "ada-final": 4, "brotli-final": 5, "llhttp-final": 2, "nghttp2-final": 4,
        "simdjson-final": 7,
        "simdutf-final": 8, "zstd-final": 15, "libfdt-final": 21,
        "pkgconf-final": 5, "pcre2-final": 9, "ninja-final": 15, "patch-final": 48,
        "python-final": 115, "gen-init-cpio-final": 20, "meson-final": 1, "glib-final": 36,
        "seabios-final": 18, "qemu-final": 970, "nodeos-init-final": 1,
        "node-final": 2315, "initramfs-final": 1, "barebones-container": 1, "linux-final": 355,
        "barebones": 1, "barebones-check": 16, "node-check-final": 2, "qemu-check": 1,
        "toolchain-check-boot0": 11, "toolchain-check-final": 12,
    ]
}
