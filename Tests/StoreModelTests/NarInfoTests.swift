import Primitives
import StoreModel
import Testing

@Suite struct NarInfoTests {
    let store = StoreDirectory.nodeos

    static let good = """
        StorePath: /nodeos/store/yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt
        URL: nar/1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8.nar.zst
        Compression: zstd
        FileHash: sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8
        FileSize: 99
        NarHash: sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8
        NarSize: 120
        References: 2j4s87fjdzwlixi17230c3kgxihm6g6m-hello.txt yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt
        Deriver: b81z2ad5k4v0majbjg5i0x1qqcfhgnq1-hola.drv
        Sig: cache.example-1:c2lnbmF0dXJl
        Sig: other-1:c2lnbmF0dXJl
        CA: fixed:sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8

        """

    /// A digest, whole, of an algorithm that no NAR is hashed with.
    static let sha1 = "sha1:" + String(repeating: "0", count: 32)

    func parse(_ text: String) throws -> NarInfo {
        try NarInfo(parsing: Array(text.utf8), in: store)
    }

    @Test func printsBackToTheSameText() throws {
        let info = try parse(Self.good)
        #expect(info.text(in: store) == Self.good)
        #expect(info.info.signatures.count == 2)
        #expect(info.info.references.count == 2)
    }

    /// The fingerprint of the fixed output `hola.txt`, which has no references.
    @Test func goldenFingerprint() throws {
        var info = try parse(Self.good).info
        info.references = []
        #expect(
            info.fingerprint(in: store)
                == "1;/nodeos/store/yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt;"
                + "sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8;120;")
    }

    @Test func whatMayBeAbsentIs() throws {
        let required = Self.good.split(separator: "\n").filter {
            $0.hasPrefix("StorePath") || $0.hasPrefix("URL") || $0.hasPrefix("Nar")
        }
        let info = try parse(required.map { $0 + "\n" }.joined() + "References:\nX-New: 1\n")
        #expect(info.compression == "bzip2")
        #expect(info.info.references.isEmpty)
        #expect(info.fileHash == nil)
    }

    @Test(arguments: ["StorePath", "URL", "NarHash", "NarSize"])
    func aMissingKeyIsNamed(key: String) {
        let text = Self.good.split(separator: "\n").filter { !$0.hasPrefix(key + ":") }
        #expect(throws: NarInfoError.missing(key: key)) {
            try parse(text.map { $0 + "\n" }.joined())
        }
    }

    @Test(arguments: [
        ("NarSize: 120", "NarSize: 0"), ("NarSize: 120", "NarSize: -1"),
        ("NarSize: 120", "NarSize: +120"), ("NarSize: 120", "NarSize: 99999999999999999999"),
        ("NarSize: 120", "NarSize: 1152921504606846977"), ("FileSize: 99", "FileSize: 1e2"),
        ("NarSize: 120", "NarSize: 120\r"), ("NarSize: 120", "NarSize: 120\nNarSize: 120"),
        ("URL: nar", "URL: file:///etc/passwd"), ("URL: nar", "URL: ../nar"),
        ("URL: nar", "URL: a/%2E%2e/nar"), ("URL: nar", "URL: /nar"),
        // A slash and a combining mark are one Swift character.
        ("URL: nar", "URL: a/../\u{301}nar"), ("URL: nar", "URL: ../\u{301}nar"),
        ("URL: nar", "URL: /\u{301}nar"), ("URL: nar", "URL: file:\u{301}nar"),
        ("/nodeos/store/yf", "/nix/store/yf"), ("References: 2j", "References: ../2j"),
        ("References: ", "References: yfmdvdh202b6dljmnf4qlp8f1hyvpw2a-hola.txt "),
        ("Deriver: b", "Deriver: /b"), ("NarHash: sha256:1", "NarHash: sha256:z"),
        ("NarHash: sha256", "NarHash: md5"), ("Sig: other-1:", "Sig: "),
        (
            "NarHash: sha256:1fvv9rxcy24f0vajvca8jzqfknnisp51lxixs0xcmrq0qfm3jgp8",
            "NarHash: \(sha1)"
        ),
        ("Sig: other-1", "Sig: other\r-1"), ("Compression: zstd", "Compression: zs\u{1b}td"),
        ("Compression: zstd", "Compression zstd"),
    ])
    func refused(old: String, new: String) {
        let text = Self.good.replacing(old, with: new)
        #expect(text != Self.good)
        #expect(throws: NarInfoError.self) { try parse(text) }
    }

    @Test func cutOffAndTooLarge() {
        #expect(throws: NarInfoError.self) { try parse(String(Self.good.dropLast())) }
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: NarInfo.maximumCount + 1)
        #expect(throws: NarInfoError.tooLarge(large.count)) {
            try NarInfo(parsing: large, in: store)
        }
    }
}
