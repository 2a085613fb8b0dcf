/// The sources of QEMU, its firmware, the libraries it links and the programs that build it, as
/// Debian 12 ships them.
struct QEMUSources {
    let qemu: Source
    /// The stable releases since that of ``qemu``, as patches.
    let qemuStable: Source

    init() throws(RecipesError) {
        func pool(_ path: String, _ size: Int64, _ sha256: String) throws(RecipesError) -> Source {
            try Source(url: "mirror://debian/pool/main/\(path)", sha256: sha256, size: size)
        }
        qemu = try pool(
            "q/qemu/qemu_7.2+dfsg.orig.tar.xz", 23_523_172,
            "91aca71520040edc40b8d437aa3004dae614f58e286cf653ee8996c07af2962f")
        qemuStable = try pool(
            "q/qemu/qemu_7.2+dfsg-7+deb12u18.debian.tar.xz", 405_636,
            "28a1c86310ee53b6bf1854cffe6f6be6ed29a08db7d05759f8ac57b8d6a6cb2f")
    }
}
