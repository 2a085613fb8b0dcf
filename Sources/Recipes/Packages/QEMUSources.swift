/// The sources of QEMU, its firmware, the libraries it links and the programs that build it, as
/// Debian 12 ships them.
struct QEMUSources {
    let glib: Source
    let meson: Source
    let ninja: Source
    let patch: Source
    let pcre2: Source
    let pixman: Source
    let pkgconf: Source
    let qemu: Source
    /// The stable releases since that of ``qemu``, as patches.
    let qemuStable: Source
    let seabios: Source

    init() throws(RecipesError) {
        func pool(_ path: String, _ size: Int64, _ sha256: String) throws(RecipesError) -> Source {
            try Source(url: "mirror://debian/pool/main/\(path)", sha256: sha256, size: size)
        }
        glib = try pool(
            "g/glib2.0/glib2.0_2.74.6.orig.tar.xz", 5_217_312,
            "069cf7e51cd261eb163aaf06c8d1754c6835f31252180aff5814e5afc7757fbc")
        meson = try pool(
            "m/meson/meson_1.0.1.orig.tar.gz", 2_104_183,
            "d926b730de6f518728cc7c57bc5e701667bae0c3522f9e369427b2cc7839d3c1")
        ninja = try pool(
            "n/ninja-build/ninja-build_1.11.1.orig.tar.gz", 229_479,
            "31747ae633213f1eda3842686f83c2aa1412e0f5691d1c14dbbcc67fe7400cea")
        patch = try pool(
            "p/patch/patch_2.7.6.orig.tar.xz", 783_756,
            "ac610bda97abe0d9f6b7c963255a11dcb196c25e337c61f94e4778d632f1d8fd")
        pcre2 = try pool(
            "p/pcre2/pcre2_10.42.orig.tar.gz", 2_397_194,
            "c33b418e3b936ee3153de2c61cc638e7e4fe3156022a5c77d0711bcbb9d64f1f")
        pixman = try pool(
            "p/pixman/pixman_0.42.2.orig.tar.gz", 959_669,
            "ea1480efada2fd948bc75366f7c349e1c96d3297d09a3fe62626e38e234a625e")
        pkgconf = try pool(
            "p/pkgconf/pkgconf_1.8.1.orig.tar.xz", 302_372,
            "644361ada2942be05655d4452eb018791647c31bba429b287f1f68deb2dc6840")
        qemu = try pool(
            "q/qemu/qemu_7.2+dfsg.orig.tar.xz", 23_523_172,
            "91aca71520040edc40b8d437aa3004dae614f58e286cf653ee8996c07af2962f")
        qemuStable = try pool(
            "q/qemu/qemu_7.2+dfsg-7+deb12u18.debian.tar.xz", 405_636,
            "28a1c86310ee53b6bf1854cffe6f6be6ed29a08db7d05759f8ac57b8d6a6cb2f")
        seabios = try pool(
            "s/seabios/seabios_1.16.2.orig.tar.gz", 635_918,
            "efa8d529442ad168056f94ac6666b1b3543c62ff7af6d9e020561f4d0e32f959")
    }
}
