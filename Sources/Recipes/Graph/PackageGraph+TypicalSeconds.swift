extension PackageGraph {
    /// How long the builds that take longest typically take, in seconds on 2 cores that are otherwise
    /// idle, by the name without version: so that a first run can tell what is left. Half the
    /// processor time measured (`docs/bootstrap.md`).
    public static let typicalSeconds: [String: Double] = [
        "linux-preview": 150, "binutils-cross-boot0": 45, "multiprecision-boot0": 50,
        "linux-headers-boot0": 20, "gcc-static-boot0": 200, "musl-boot0": 60,
        "gcc-cross-boot0": 370, "musl-final": 25, "m4-final": 20, "coreutils-final": 40,
        "binutils-final": 55, "sed-final": 10, "busybox-final": 25, "tar-final": 15,
        "grep-final": 10, "diffutils-final": 12, "bash-final": 20, "findutils-final": 20,
        "gawk-final": 15, "flex-final": 8, "bison-final": 15, "gcc-final": 620,
        "python-final": 60, "node-final": 1900, "linux-final": 280, "qemu-final": 460,
        "libfdt-final": 10, "gen-init-cpio-final": 10,
    ]
}
