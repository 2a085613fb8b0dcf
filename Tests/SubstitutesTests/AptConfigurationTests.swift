import Substitutes
import Testing

/// The formats are those of sources.list(5), apt-transport-mirror(1) and apt.conf(5).
@Suite("The machine's apt configuration")
struct AptConfigurationTests {
    private func bases(list: String = "", stanzas: String = "") -> [String] {
        var apt = AptConfiguration()
        apt.lists = [list]
        apt.stanzas = [stanzas]
        return apt.debianMirrors().map(\.base.text)
    }

    @Test func `the one-line format`() {
        let text = """
            # deb http://no.example.org/debian bookworm main
            deb cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_]/ bookworm main
            deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] \
            https://a.example.org/debian bookworm main contrib # comment
            deb\thttp://b.example.org/debian/\tbookworm\tmain
            deb http://security.example.org/debian-security bookworm-security main
            deb http://c.example.org/debian-security bookworm main
            deb http://d.example.org/debian bookworm contrib
            deb http://e.example.org/linux bookworm stable
            deb-src file:/srv/debian bookworm main
            deb ./ ./
            rpm http://f.example.org/debian bookworm main
            deb
            deb [broken http://g.example.org/debian bookworm main
            deb ftp://h.example.org/debian bookworm main
            deb http://i.example.org/other noble main

            """
        #expect(
            bases(list: text) == [
                "https://a.example.org/debian", "http://b.example.org/debian/",
                "file:///srv/debian",
            ])
    }

    @Test func `the deb822 format`() {
        let text = """
            # what an image ships
            Types: deb deb-src
            URIs: http://a.example.org/debian
             https://b.example.org/debian
            # a comment within
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            Types: deb
            URIs: http://a.example.org/debian-security
            Suites: bookworm-security
            Components: main

            Enabled: no
            types: deb
            uris: http://c.example.org/debian
            suites: bookworm
            components: main
            \t
            TYPES: deb
            URIS: http://d.example.org/debian
            SUITES: bookworm
            COMPONENTS: main
            """
        #expect(
            bases(stanzas: text) == [
                "http://a.example.org/debian", "https://b.example.org/debian",
                "http://d.example.org/debian",
            ])
    }

    @Test func `the pinned release comes first, and Debian's key before others`() {
        let text = """
            deb http://later.example.org/debian trixie main
            deb [signed-by=/usr/share/keyrings/vendor.gpg] http://vendor.example.org bookworm main
            deb http://first.example.org/debian bookworm main
            deb http://first.example.org/debian bookworm-updates main
            """
        #expect(
            bases(list: text) == [
                "http://first.example.org/debian", "http://vendor.example.org",
                "http://later.example.org/debian",
            ])
    }

    @Test func `a list of mirrors in a file`() {
        var apt = AptConfiguration()
        apt.lists = ["deb mirror+file:/etc/apt/mirrors.txt bookworm main"]
        apt.mirrorLists = [
            "/etc/apt/mirrors.txt": """
            # comment
            http://a.example.org/debian\tpriority:1
            mirror+file:/etc/apt/mirrors.txt
            https://b.example.org/debian
            """
        ]
        #expect(
            apt.debianMirrors().map(\.base.text) == [
                "http://a.example.org/debian", "https://b.example.org/debian",
            ])
    }

    @Test func `proxies`() throws {
        var apt = AptConfiguration()
        apt.lists = [
            """
            deb http://a.example.org/debian bookworm main
            deb https://b.example.org/debian bookworm main
            deb http://direct.example.org:8080/debian bookworm main
            deb file:/srv/debian bookworm main
            """
        ]
        apt.settings = [
            "Acquire::http::Proxy \"http://old.example.org:3142\";",
            """
            // a comment { ; "
            # another
            #clear Acquire::http;
            /* over
               lines; */
            APT { NeverAutoRemove { "^linux-.*"; "x"; }; };
            acquire {
              http {
                proxy "http://user:geheim@cache.example.org:3142";
                Proxy::direct.example.org DIRECT;
                Timeout "10";
              };
              Retries "3";
            };
            Acquire::Languages { "none"; }
            """,
        ]
        let cache = try DownloadURL(parsing: "http://user:geheim@cache.example.org:3142")
        let proxies = apt.debianMirrors().map(\.proxy)
        #expect(proxies == [.through(cache), .through(cache), .direct, .environment])
        #expect(!"\(proxies)".contains("geheim"))
        apt.settings.append("Acquire::https { Proxy \"DIRECT\"; };")
        #expect(apt.debianMirrors()[1].proxy == .direct)
    }

    @Test(arguments: [
        "", "{", "}", "};};", "\"", "/*", "//", ";;;", "a { b { c", "a \"b", "::",
        "Acquire::http::Proxy",
        "Acquire::http::Proxy \"not a url\";",
    ])
    func `broken text changes nothing`(text: String) {
        var apt = AptConfiguration()
        apt.lists = [text, "deb http://a.example.org/debian bookworm main"]
        apt.stanzas = [text]
        apt.settings = [text]
        #expect(apt.debianMirrors().map(\.proxy) == [.environment])
    }
}
