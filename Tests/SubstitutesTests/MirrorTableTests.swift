import Foundation
import Primitives
import Substitutes
import Testing

@Suite("Mirrors")
struct MirrorTableTests {
    /// SHA-256 of "abc" (FIPS 180-2, B.1).
    let digest = try? Digest(
        parsing: "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")

    private func urls(_ table: MirrorTable, _ text: String, _ digest: Digest? = nil) throws
        -> [String]
    {
        try table.resolve([text], digest: digest).map(\.url.text)
    }

    @Test func `the order is options, environment, file, apt, then by content`() throws {
        let digest = try #require(digest)
        var apt = AptConfiguration()
        apt.lists = ["deb http://apt.example.org/debian bookworm main"]
        let table = try MirrorTable(
            options: ["debian=https://one.example.org/debian/", "debian=https://two.example.org"],
            environment: [
                "NODEOS_MIRROR_DEBIAN": "https://three.example.org/d https://four.example.org/d",
                "NODEOS_MIRROR_OTHER": "https://other.example.org",
            ],
            configuration: MirrorConfiguration(
                parsing: """
                    # comment
                    mirror debian https://five.example.org/debian # mine
                    source-mirror https://files.example.org/by-hash

                    """, path: "mirrors"),
            apt: apt.debianMirrors(), sourceMirrors: ["/srv/sources"])
        let hash = "sha256/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(
            try urls(table, "mirror://debian/pool/main/a_1+2~3.tar.gz", digest) == [
                "https://one.example.org/debian/pool/main/a_1+2~3.tar.gz",
                "https://two.example.org/pool/main/a_1+2~3.tar.gz",
                "https://three.example.org/d/pool/main/a_1+2~3.tar.gz",
                "https://four.example.org/d/pool/main/a_1+2~3.tar.gz",
                "https://five.example.org/debian/pool/main/a_1+2~3.tar.gz",
                "http://apt.example.org/debian/pool/main/a_1+2~3.tar.gz",
                "file:///srv/sources/\(hash)",
                "https://files.example.org/by-hash/\(hash)",
            ])
        #expect(try urls(table, "mirror://other/a") == ["https://other.example.org/a"])
        #expect(
            try table.mirrors(named: "debian").map(\.origin) == [
                "a mirror", "a mirror", "NODEOS_MIRROR_DEBIAN", "NODEOS_MIRROR_DEBIAN",
                "mirrors:2", "apt configuration",
            ])
    }

    @Test func `plain URLs stay and each source is tried once`() throws {
        let table = try MirrorTable(options: ["x=https://example.org"])
        #expect(
            try table.resolve(
                ["https://example.org/a", "mirror://x/a", "file:///b"], digest: nil
            ).map(\.url.text) == ["https://example.org/a", "file:///b"])
    }

    @Test func `an unknown name says what to set`() throws {
        let table = try MirrorTable()
        let error = #expect(throws: MirrorError.self) {
            try table.resolve(["mirror://my-mirror/a"], digest: nil)
        }
        let text = try #require(error).description
        #expect(text.contains("NODEOS_MIRROR_MY_MIRROR=URL"))
        #expect(text.contains("'mirror my-mirror URL'"))
        let debian = #expect(throws: MirrorError.unknownMirror(name: "debian")) {
            try table.resolve(["mirror://debian/a"], digest: nil)
        }
        #expect(try #require(debian).description.contains("apt configuration"))
    }

    @Test func `an unknown name is no error when another source is left`() throws {
        let digest = try #require(digest)
        let table = try MirrorTable(sourceMirrors: ["https://files.example.org"])
        #expect(try urls(table, "mirror://unknown/a", digest).count == 1)
        #expect(throws: MirrorError.self) { try urls(table, "mirror://unknown/a") }
        #expect(
            try table.resolve(["mirror://unknown/a", "https://example.org/a"], digest: nil).count
                == 1)
    }

    /// Stores that are published have their downloads by names (`guix publish` and ours).
    @Test func `a source mirror is also asked by name`() throws {
        let digest = try #require(digest)
        let table = try MirrorTable(sourceMirrors: ["https://files.example.org/", "/srv/sources"])
        let sources = try table.resolve([], digest: digest, name: "a+b?c.tar")
        #expect(
            sources.map(\.url.description) == [
                "https://files.example.org/sha256/\(digest.base16)",
                "https://files.example.org/file/a+b%3Fc.tar/sha256/\(digest.nix32)",
                "file:///srv/sources/sha256/\(digest.base16)",
            ])
        #expect(try table.resolve([], digest: nil, name: "a").isEmpty)
    }

    @Test(arguments: [
        "mirror://debian", "mirror://debian/", "mirror://debian/../a", "mirror://debian/a/..",
        "mirror://debian/a/./b", "mirror://debian//a", "mirror://debian/a?b", "mirror://debian/a#b",
        "mirror://debian/%2e%2E/a", "mirror://debian/a%2f..%2Fb", "mirror:///a", "mirror://De/a",
        "mirror://debian/a\\..\\b", "mirror://-x/a", "mirror://user@debian/a",
    ])
    func `a path may not climb out of its mirror`(text: String) throws {
        let table = try MirrorTable(options: ["debian=https://example.org/debian"])
        let error = #expect(throws: MirrorError.self) { try table.resolve([text], digest: nil) }
        guard case .unsafeMirrorPath = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        "debian", "=https://example.org", "Debian=https://example.org", "debian=example.org",
        "debian=ftp://example.org", "debian=https://example.org/?a", "a b=https://example.org",
        "debian=",
    ])
    func `options that are not understood are refused`(option: String) {
        #expect(throws: MirrorError.self) { try MirrorTable(options: [option]) }
    }

    @Test func `a bad variable is named when its mirror is asked for`() throws {
        let table = try MirrorTable(environment: ["NODEOS_MIRROR_X": "example.org"])
        let error = #expect(throws: MirrorError.self) { try table.mirrors(named: "x") }
        #expect(try #require(error).description.hasPrefix("NODEOS_MIRROR_X: "))
        #expect(try table.mirrors(named: "debian").isEmpty)
    }

    @Test(arguments: [
        ("mirror debian", 1), ("\n\nmiror debian https://example.org", 3),
        ("mirror debian https://example.org extra", 1), ("source-mirror", 1),
        ("# fine\nmirror Debian https://example.org", 2), ("mirror debian ftp://example.org", 1),
    ])
    func `a mirrors file that is not understood names the line`(text: String, line: Int) throws {
        let error = #expect(throws: MirrorError.self) {
            try MirrorConfiguration(parsing: text, path: "/etc/mirrors")
        }
        #expect(try #require(error).description.hasPrefix("/etc/mirrors:\(line): "))
    }

    @Test func `the machine's files are read from where they are`() throws {
        let fixture = try DownloadFixture()
        let root = fixture.directory
        func write(_ path: String, _ text: String) throws {
            let folder = (root + "/" + path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try fixture.write(Array(text.utf8), to: root + "/" + path)
        }
        try write("apt/sources.list", "deb http://one.example.org/debian bookworm main\n")
        try write(
            "apt/sources.list.d/b.sources",
            """
            Types: deb
            URIs: mirror+file:\(root)/list
            Suites: bookworm
            Components: main
            """)
        try write(
            "apt/sources.list.d/a.list", "deb http://two.example.org/debian bookworm main\n")
        try write(
            "apt/sources.list.d/old.list.save", "deb http://no.example.org/ bookworm main\n")
        try write("apt/apt.conf.d/01proxy", "Acquire::http::Proxy \"http://p.example.org:1\";\n")
        try write("list", "http://three.example.org/debian\tpriority:1\n")
        try write("mirrors", "mirror x https://x.example.org\n")
        let table = try MirrorTable.machine(
            options: [], environment: [:],
            configurationFiles: [root + "/missing", root + "/mirrors"], sourceMirrors: [],
            aptDirectory: root + "/apt")
        let mirrors = try table.mirrors(named: "debian")
        #expect(
            mirrors.map(\.base.text) == [
                "http://one.example.org/debian", "http://two.example.org/debian",
                "http://three.example.org/debian",
            ])
        let proxy = try DownloadURL(parsing: "http://p.example.org:1")
        #expect(mirrors.allSatisfy { $0.proxy == .through(proxy) })
        #expect(try table.mirrors(named: "x").count == 1)
        #expect(throws: MirrorError.self) {
            try MirrorTable.machine(
                options: [], environment: [:], configurationFiles: [root], sourceMirrors: [],
                aptDirectory: root + "/none")
        }
    }
}
