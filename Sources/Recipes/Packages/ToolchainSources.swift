/// The sources of the toolchain and of the programs a build calls, as Debian 12 ships them: its main
/// suite no longer changes, so the addresses stay.
struct ToolchainSources {
    let binutils: Source
    let gcc: Source
    let gmp: Source
    let mpc: Source
    let mpfr: Source
    let musl: Source

    init() throws(RecipesError) {
        binutils = try Self.pool(
            "b/binutils/binutils_\(Versions.binutils).orig.tar.xz", 25_364_048,
            "d78c2d2eb24a9be1e02f8854cb1bd435556d7f584fb6bfb6b07e6527d43fc41d")
        gcc = try Self.pool(
            "g/gcc-12/gcc-12_\(Versions.gcc).orig.tar.gz", 87_090_343,
            "b8298be16aeeb96a889c6afed0a8e2241b47452e89cc81fe65ea849d5c740fcb")
        gmp = try Self.pool(
            "g/gmp/gmp_6.2.1+dfsg1.orig.tar.xz", 1_787_428,
            "471b9e463e04362a0124f215afc5f0a4b99caedeeb62634c61bbc12988efa64c")
        mpc = try Self.pool(
            "m/mpclib3/mpclib3_1.3.1.orig.tar.gz", 773_573,
            "ab642492f5cf882b74aa0cb730cd410a81edcdbec895183ce930e706c1c759b8")
        mpfr = try Self.pool(
            "m/mpfr4/mpfr4_4.2.0.orig.tar.xz", 1_477_532,
            "06a378df13501248c1b2db5aa977a2c8126ae849a9d9b7be2546fb4a9c26d993")
        musl = try Self.pool(
            "m/musl/musl_\(Versions.musl).orig.tar.gz", 1_058_642,
            "7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4")
    }

    /// A file of Debian's pool.
    private static func pool(_ path: String, _ size: Int64, _ sha256: String)
        throws(RecipesError) -> Source
    {
        try .debian("pool/main/\(path)", sha256: sha256, size: size)
    }
}
