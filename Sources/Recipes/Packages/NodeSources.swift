/// The sources of Node.js, as Debian 12 ships them: its own archive, and beside it what Debian packages
/// apart from node although node's release holds it.
struct NodeSources {
    /// Node.js with the libraries of its release, without what is not free.
    let node: Source
    /// The parser of addresses, which Debian keeps in an archive of its own.
    let ada: Source
    /// Debian's patches.
    let debian: Source
    /// The compression that node's release holds and Debian's does not.
    let brotli: Source
    /// JavaScript: a parser, for the prompt.
    let acorn: Source
    /// JavaScript: the names that a CommonJS module exports.
    let lexer: Source
    /// JavaScript: `fetch`.
    let undici: Source

    init() throws(RecipesError) {
        node = try Self.pool(
            "n/nodejs/nodejs_\(Versions.node)+dfsg.orig.tar.xz", 29_390_728,
            "6ce58062c71eae37d9c5ac31eeaeff9c2d48561d21c2849179d056c9c1bd9ebc")
        ada = try Self.pool(
            "n/nodejs/nodejs_\(Versions.node)+dfsg.orig-ada.tar.xz", 272_924,
            "b58fd8b7ef61255b66d42b66e32e74ccdde61c4e02facd6b5a566618e32e993e")
        debian = try Self.pool(
            "n/nodejs/nodejs_\(Versions.node)+dfsg-1~deb12u2.debian.tar.xz", 189_708,
            "9740da86ce7f8c554b7e71308df9903834c2aaadca01c76ac49d0b895f2afa52")
        brotli = try Self.pool(
            "b/brotli/brotli_1.0.9.orig.tar.gz", 486_984,
            "f9e8d81d0405ba66d181529af42a3354f838c939095ff99930da6aa9cdf6fe46")
        acorn = try Self.pool(
            "a/acorn/node-acorn_8.8.1+ds+~cs25.17.7-2_all.deb", 128_252,
            "5c6814cf6536892b3a93cc72a0a3792beb0d3f6be3d69f499ca7d764583479a9")
        lexer = try Self.pool(
            "n/node-cjs-module-lexer/node-cjs-module-lexer_1.2.2+dfsg-5_all.deb", 30_112,
            "8393ae2e6b596068bd13b165a678fb33a3d5e58de6571fa5370d30b20b7b3e5a")
        undici = try Self.pool(
            "n/node-undici/node-undici_5.15.0+dfsg1+~cs20.10.9.3-1+deb12u4_all.deb", 284_676,
            "78ec8918d63e365bbdec6edd35bebec9e20cc931f084f24e8673badf191d100c")
    }

    /// A file of Debian's pool.
    private static func pool(_ path: String, _ size: Int64, _ sha256: String)
        throws(RecipesError) -> Source
    {
        try .debian("pool/main/\(path)", sha256: sha256, size: size)
    }
}
