/// The sources of the toolchain and of the programs a build calls, as Debian 12 ships them: its main
/// suite no longer changes, so the addresses stay.
struct ToolchainSources {
    let bash: Source
    let binutils: Source
    let bison: Source
    let busybox: Source
    let coreutils: Source
    let diffutils: Source
    let findutils: Source
    let flex: Source
    let gawk: Source
    let gcc: Source
    let gmp: Source
    let grep: Source
    let m4: Source
    let make: Source
    let mpc: Source
    let mpfr: Source
    let musl: Source
    let python: Source
    let sed: Source
    let tar: Source
    let zlib: Source

    init() throws(RecipesError) {
        bash = try Self.pool(
            "b/bash/bash_5.2.15.orig.tar.gz", 9_997_221,
            "7a315bc0e9d90713159e4390ec1096a41e4f33cd8cc3d1a749a8e5ad56600f51")
        binutils = try Self.pool(
            "b/binutils/binutils_2.40.orig.tar.xz", 25_364_048,
            "d78c2d2eb24a9be1e02f8854cb1bd435556d7f584fb6bfb6b07e6527d43fc41d")
        bison = try Self.pool(
            "b/bison/bison_3.8.2+dfsg.orig.tar.xz", 2_654_920,
            "dff8a3c96dd34121828f62a7fa49e1f7765815b89e59f564e8d2a9e71c177be5")
        busybox = try Self.pool(
            "b/busybox/busybox_1.35.0.orig.tar.bz2", 2_480_624,
            "faeeb244c35a348a334f4a59e44626ee870fb07b6884d68c10ae8bc19f83a694")
        coreutils = try Self.pool(
            "c/coreutils/coreutils_9.1.orig.tar.xz", 5_712_104,
            "61a1f410d78ba7e7f37a5a4f50e6d1320aca33375484a3255eddf17a38580423")
        diffutils = try Self.pool(
            "d/diffutils/diffutils_3.8.orig.tar.xz", 1_585_120,
            "a6bdd7d1b31266d11c4f4de6c1b748d4607ab0231af5188fc2533d0ae2438fec")
        findutils = try Self.pool(
            "f/findutils/findutils_4.9.0.orig.tar.xz", 2_046_252,
            "a2bfb8c09d436770edc59f50fa483e785b161a3b7b9d547573cb08065fd462fe")
        flex = try Self.pool(
            "f/flex/flex_2.6.4.orig.tar.gz", 1_419_096,
            "e87aae032bf07c26f85ac0ed3250998c37621d95f8bd748b31f15b33c45ee995")
        gawk = try Self.pool(
            "g/gawk/gawk_5.2.1.orig.tar.xz", 2_729_896,
            "2337a0283b180ec1b9c727973a34781c6478b3ae9bcbdcca0a4dc49861d75a65")
        gcc = try Self.pool(
            "g/gcc-12/gcc-12_12.2.0.orig.tar.gz", 87_090_343,
            "b8298be16aeeb96a889c6afed0a8e2241b47452e89cc81fe65ea849d5c740fcb")
        gmp = try Self.pool(
            "g/gmp/gmp_6.2.1+dfsg1.orig.tar.xz", 1_787_428,
            "471b9e463e04362a0124f215afc5f0a4b99caedeeb62634c61bbc12988efa64c")
        grep = try Self.pool(
            "g/grep/grep_3.8.orig.tar.xz", 1_709_536,
            "498d7cc1b4fb081904d87343febb73475cf771e424fb7e6141aff66013abc382")
        m4 = try Self.pool(
            "m/m4/m4_1.4.19.orig.tar.xz", 1_654_908,
            "63aede5c6d33b6d9b13511cd0be2cac046f2e70fd0a07aa9573a04a82783af96")
        make = try Self.pool(
            "m/make-dfsg/make-dfsg_4.3.orig.tar.gz", 1_845_906,
            "be4c17542578824e745f83bcd2a9ba264206187247cb6a5f5df99b0a9d1f9047")
        mpc = try Self.pool(
            "m/mpclib3/mpclib3_1.3.1.orig.tar.gz", 773_573,
            "ab642492f5cf882b74aa0cb730cd410a81edcdbec895183ce930e706c1c759b8")
        mpfr = try Self.pool(
            "m/mpfr4/mpfr4_4.2.0.orig.tar.xz", 1_477_532,
            "06a378df13501248c1b2db5aa977a2c8126ae849a9d9b7be2546fb4a9c26d993")
        musl = try Self.pool(
            "m/musl/musl_1.2.3.orig.tar.gz", 1_058_642,
            "7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4")
        python = try Self.pool(
            "p/python3.11/python3.11_3.11.2.orig.tar.gz", 26_437_858,
            "2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849")
        sed = try Self.pool(
            "s/sed/sed_4.9.orig.tar.xz", 1_397_092,
            "6e226b732e1cd739464ad6862bd1a1aba42d7982922da7a53519631d24975181")
        tar = try Self.pool(
            "t/tar/tar_1.34+dfsg.orig.tar.xz", 1_981_736,
            "7d57029540cb928394defb3b377b3531237c947e795b51aa8acac0c5ba0e4844")
        zlib = try Self.pool(
            "z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2", 1_239_825,
            "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1")
    }

    /// A file of Debian's pool.
    private static func pool(_ path: String, _ size: Int64, _ sha256: String)
        throws(RecipesError) -> Source
    {
        try Source(url: "mirror://debian/pool/main/\(path)", sha256: sha256, size: size)
    }
}
