import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// Where `builtin:fetchurl` may look when only a derivation says so: not at this machine.
@Suite(.timeLimit(.minutes(40))) struct FetchedPlacesTests {
    private let body = Array("what a service of this machine says\n".utf8)

    /// A store whose commands name no place.
    private func store() throws -> StoreFixture {
        var store = try StoreFixture(withTools: false)
        store.namesPlaces = false
        return store
    }

    @Test func loopbackIsRefusedInEverySpelling() throws {
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try store()
        let hosts = [
            "127.0.0.1", "localhost", "LOCALHOST", "127.1", "127.255.0.9", "2130706433",
            "0x7f000001",
            "0177.0.0.1", "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
            "%31%32%37.0.0.1",
        ]
        let urls = hosts.map { "http://\($0):\(server.port)/secret" }
        let item = try store.fetch("secret", urls, .hash(body))
        let message = try store.failure(100, item.drv)
        // Each with its reason; an error has only the last lines.
        let lines = try store.succeed("log", item.drv).lines.filter {
            $0.contains("refused to connect to")
        }
        #expect(lines.count == hosts.count)
        #expect(message.contains("refused to connect to 127.0.0.1, which is this machine"))
        #expect(message.contains("--mirror"))
        #expect(server.requests.isEmpty)
        #expect(try !store.isValid(item.output()))
        // Named, it may be asked: as a mirror, by the same spelling, or by hash.
        let named = try store.start(
            ["realise", item.drv, "--mirror", "here=http://127.0.0.1:\(server.port)"]
        ).wait()
        #expect(named.status == 0, "\(named.error)")
        #expect(server.requests.map(\.path) == ["/secret"])
    }

    @Test(arguments: [
        "http://169.254.169.254/latest", "http://[fe80::1]/", "http://[fd00:ec2::254]/",
        "http://224.0.0.1/", "http://255.255.255.255/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::1]/", "http://[ff02::1]/", "http://100.100.100.200/",
    ])
    func linksMetadataAndManyAtOnceAreRefused(_ url: String) throws {
        var store = try store()
        let item = try store.fetch("secret", [url], .hash("x"))
        #expect(try store.failure(100, item.drv).contains("refused to connect to"))
    }

    @Test func redirectsDoNotLeadThere() throws {
        let secret = try LoopbackServer { [body] _ in .init(body: body) }
        let target = secret.url("/secret")
        let mirror = try LoopbackServer { [body] request in
            switch request.path {
            case "/out": .init(302, headers: ["Location: \(target)"])
            case "/within": .init(302, headers: ["Location: /file"])
            default: .init(body: body)
            }
        }
        var store = try store()
        let out = try store.fetch("out", ["mirror://here/out"], .hash(body))
        let within = try store.fetch("within", ["mirror://here/within"], .hash(body))
        let mirrors = ["--mirror", "here=\(mirror.url(""))"]
        let refused = try store.start(["realise", out.drv] + mirrors).wait()
        #expect(refused.status == 100)
        #expect(refused.error.contains("refused to connect to 127.0.0.1"), "\(refused.error)")
        #expect(secret.requests.isEmpty)
        // A server that the user named may lead to itself.
        let taken = try store.start(["realise", within.drv] + mirrors).wait()
        #expect(taken.status == 0, "\(taken.error)")
    }

    @Test func aProxyIsNotAskedForThem() throws {
        let proxy = try LoopbackServer { [body] _ in .init(body: body) }
        var store = try store()
        let secret = try store.fetch(
            "secret", ["http://127.0.0.1:1/a", "http://localhost/a", "http://0x7f.1/a"], .hash(body)
        )
        let plain = try store.fetch("plain", ["http://files.example.org/a"], .hash(body))
        let variables = ["http_proxy": proxy.url("")]
        let refused = try store.start(["realise", secret.drv], adding: variables).wait()
        #expect(refused.status == 100)
        #expect(refused.error.contains("refused to connect to localhost"))
        #expect(proxy.requests.isEmpty)
        // The proxy itself is on this machine, and named by the user.
        let taken = try store.start(["realise", plain.drv], adding: variables).wait()
        #expect(taken.status == 0, "\(taken.error)")
        #expect(proxy.requests.map(\.path) == ["http://files.example.org/a"])
    }

    @Test func filesAreReadWhereTheUserNamesThem() throws {
        var store = try store()
        let secret = try store.directory.write("secret", to: "private/secret")
        let published = try store.directory.write("public", to: "mirror/public")
        let item = try store.fetch("secret", ["file://\(secret)"], .hash("secret"))
        let message = try store.failure(100, item.drv)
        #expect(message.contains("refused to read a file of this machine"), "\(message)")
        let up = try store.fetch(
            "up",
            [
                "file://\(store.directory.file("mirror"))/../private/secret",
                "file://\(store.directory.file("mirror"))/%2e%2e/private/secret",
            ], .hash("secret"))
        let mirrors = ["--mirror", "here=\(store.directory.file("mirror"))"]
        let climbed = try store.start(["realise", up.drv] + mirrors).wait()
        #expect(climbed.status == 100)
        #expect(climbed.error.contains("refused to read a file of this machine"))
        let good = try store.fetch("public", ["file://\(published)"], .hash("public"))
        let taken = try store.start(["realise", good.drv] + mirrors).wait()
        #expect(taken.status == 0, "\(taken.error)")
    }

    /// Named places hold devices, pipes and directories, too.
    @Test func onlyRegularFilesAreRead() throws {
        var store = try store()
        try store.directory.write("x", to: "mirror/directory/x")
        let mirror = store.directory.file("mirror")
        try FileManager.default.createSymbolicLink(
            atPath: mirror + "/zero", withDestinationPath: "/dev/zero")
        #expect(unsafe mkfifo(mirror + "/pipe", 0o644) == 0)
        for name in ["zero", "pipe", "directory"] {
            let item = try store.fetch(name, ["mirror://here/\(name)"], .hash("x"))
            let result = try store.start(
                ["realise", item.drv, "--mirror", "here=\(mirror)"]
            ).wait()
            #expect(result.status == 100)
            #expect(result.error.contains("it is no regular file"), "\(result.error)")
        }
        let missing = try store.fetch("missing", ["mirror://here/missing"], .hash("x"))
        let result = try store.start(["realise", missing.drv, "--mirror", "here=\(mirror)"]).wait()
        #expect(result.error.contains("not there"), "\(result.error)")
    }

    // MARK: Proxies and credentials

    @Test(arguments: [407, 403, 502])
    func aProxyThatRefusesIsNamed(status: Int) throws {
        let proxy = try LoopbackServer { _ in .init(status) }
        var store = try store()
        let plain = try store.fetch("plain", ["http://files.example.org/a"], .hash("x"))
        let secure = try store.fetch("secure", ["https://files.example.org/a"], .hash("x"))
        let address = "http://user:geheim@127.0.0.1:\(proxy.port)"
        for item in [plain, secure] {
            let result = try store.start(
                ["realise", item.drv], adding: ["http_proxy": address, "https_proxy": address]
            ).wait()
            #expect(result.status == 100)
            #expect(
                result.error.contains("the proxy 'http://***@127.0.0.1:\(proxy.port)'"),
                "\(result.error)")
            #expect(result.error.contains("HTTP status \(status)"), "\(result.error)")
            #expect(!result.error.contains("geheim"))
        }
    }

    @Test func aProxyThatIsNotThereIsNamed() throws {
        var store = try store()
        let item = try store.fetch("file", ["http://files.example.org/a"], .hash("x"))
        let result = try store.start(
            ["realise", item.drv], adding: ["all_proxy": "http://127.0.0.1:1"]
        ).wait()
        #expect(result.error.contains("the proxy 'http://127.0.0.1:1' cannot be used"))
        // What no_proxy names does not go through it.
        let server = try LoopbackServer { [body] _ in .init(body: body) }
        let direct = try store.fetch("direct", ["mirror://here/a"], .hash(body))
        let taken = try store.start(
            ["realise", direct.drv, "--mirror", "here=\(server.url(""))"],
            adding: ["all_proxy": "http://127.0.0.1:1", "no_proxy": "example.org, 127.0.0.0/8"]
        ).wait()
        #expect(taken.status == 0, "\(taken.error)")
    }

    @Test func netrcIsReadWhereItIsNamed() throws {
        let server = try LoopbackServer { [body] request in
            .init(
                request.headers["authorization"] == "Basic dXNlcjpnZWhlaW0=" ? 200 : 401, body: body
            )
        }
        var store = try store()
        let netrc = try store.directory.write(
            "machine 127.0.0.1 login user password geheim\n", to: "credentials", mode: 0o600)
        let item = try store.fetch("file", ["mirror://here/a"], .hash(body))
        let arguments = ["realise", item.drv, "--mirror", "here=\(server.url(""))"]
        let without = try store.start(arguments).wait()
        #expect(without.status == 100)
        let missing = try store.start(arguments + ["--netrc", "/nowhere/netrc"]).wait()
        #expect(missing.status == 1)
        #expect(missing.error.contains("read the netrc file '/nowhere/netrc'"), "\(missing.error)")
        let taken = try store.start(arguments + ["--netrc", netrc]).wait()
        #expect(taken.status == 0, "\(taken.error)")
        var other = try self.store()
        let again = try other.add(item.derivation)
        let byVariable = try other.start(
            ["realise", again.drv, "--mirror", "here=\(server.url(""))"], adding: ["NETRC": netrc]
        ).wait()
        #expect(byVariable.status == 0, "\(byVariable.error)")
        #expect(try !other.succeed("log", again.drv).output.contains("geheim"))
    }
}
