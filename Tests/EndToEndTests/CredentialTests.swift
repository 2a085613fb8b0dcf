import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Passwords and tokens in URLs: what commands print is sent to others and kept in logs.
@Suite(.timeLimit(.minutes(40))) struct CredentialTests {
    private func url(_ server: LoopbackServer, _ password: String) -> String {
        "http://user:\(password)@127.0.0.1:\(server.port)/file?token=\(password)"
    }

    @Test func noCommandPrintsThem() throws {
        let server = try LoopbackServer { _ in .init(body: Array("x".utf8)) }
        var store = try StoreFixture()
        let file = try store.fetch("file", [url(server, "secret")], .hash("x"), size: 1)
        let item = try store.derive("item", "cat \(file.output()) > $out", inputs: [file])
        let other = try store.fetch("file", [url(server, "another-secret")], .hash("x"), size: 1)
        let next = try store.derive("item", "cat \(other.output()) > $out", inputs: [other])
        let cold = try store.realiseInto(item)
        var asked: [[String]] = [
            ["sources", item.drv], ["sources", "--json", item.drv],
            ["audit", "sbom", item.output()], ["audit", "provenance", item.output()],
            ["audit", "manifest", "--derivations", item.drv],
            ["audit", "report", "--format", "json", item.drv],
            ["audit", "report", "--format", "html", item.drv],
            ["derivation", "check", store.real(file.drv)],
            ["derivation", "check", "--verbose", "--json", store.real(file.drv)],
            ["query", "info", file.output()], ["query", "info", "--json", file.output()],
            ["query", "tree", item.drv], ["why-rebuild", item.drv, next.drv],
            ["why-rebuild", "--json", item.drv, next.drv], ["log", file.drv], ["doctor"],
            ["doctor", "--json"], ["realise", "--dry-run", next.drv],
            ["realise", "--dry-run", "--json", next.drv],
            ["realise", "--log-format", "json", next.drv],
            ["verify", "--repair", "--from", "ftp://user:secret@host/x"],
            ["audit", "compare", "https://user:secret@127.0.0.1:1/x.json", "/dev/null"],
            ["realise", "--substituters", "ftp://user:secret@host?token=secret", next.drv],
            ["realise", "--mirror", "https://user:secret@host/", next.drv],
        ]
        for format in [
            "dot", "json", "svg", "tree", "graphml", "cypher", "mermaid", "html", "cyclonedx",
        ] {
            asked.append(["graph", "--format", format, item.drv])
            asked.append(["graph", "--type", "sources", "--format", format, item.drv])
        }
        for arguments in asked {
            let result = try store.start(
                arguments,
                adding: ["NODEOS_MIRROR_DEBIAN": "http://user:secret@127.0.0.1:1/?t=secret"]
            ).wait()
            #expect(
                !(result.output + result.error).contains("secret"),
                "\(arguments): \(result.output)\(result.error)")
        }
        #expect(!cold.contains("secret"), "\(cold)")
        // They are there for the tool that fetches.
        let whole = try store.succeed("sources", "--with-credentials", item.drv)
        #expect(whole.output.contains(url(server, "secret")))
        #expect(
            try store.succeed("sources", "--json", item.drv).output
                .contains("http://***@127.0.0.1:\(server.port)/file?…"))
        // A derivation is printed as it is: it must be read back.
        #expect(try store.succeed("derivation", "show", file.drv).output.contains("secret"))
    }
}

extension StoreFixture {
    /// Realises, and returns everything that was printed.
    fileprivate func realiseInto(_ item: Item) throws -> String {
        let result = try start(["realise", "--log-format", "json", item.drv]).wait()
        #expect(result.status == 0, "\(result.error)")
        return result.output + result.error
    }
}
