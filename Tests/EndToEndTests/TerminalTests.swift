import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// What strangers say (builders, names in trees and archives, texts of derivations, servers) never reaches a
/// terminal as more than text, on any way.
@Suite(.timeLimit(.minutes(40))) struct TerminalTests {
    /// For `printf`: a title, the clipboard, a cleared screen, C1 in both forms, DEL, marks of direction, a
    /// separator of lines.
    private static let escaped =
        #"evil\033]0;title\007\033]52;c;ZXZpbA==\007\033[2J\302\2332J\2332J\177\342\200\256\342\201\246\330\234\342\200\250"#

    /// What a terminal was shown, without what the program itself draws.
    private func check(
        _ bytes: [UInt8], _ what: String, at location: SourceLocation = #_sourceLocation
    ) {
        let own = /\r?\u{1b}\[K|\u{1b}\[[0-9]+A|\r?\u{1b}\[J|\u{1b}\[(0|1|2|31|32|33|1;31)m/
        let text = String(systemBytes: bytes).replacing(own, with: "").replacing("\r\n", with: "\n")
        let bad = text.unicodeScalars.filter { $0.misleads || $0.systemByte != nil }
        #expect(bad.isEmpty, "\(what): \(text.debugDescription)", sourceLocation: location)
        #expect(
            text.contains("evil"), "\(what): \(text.debugDescription)", sourceLocation: location)
    }

    /// Runs a command line of a shell, in which `$N` is the hostile text and `ns` the program, on a terminal.
    private func show(
        _ store: StoreFixture, _ line: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let script = """
            N=$(printf '\(Self.escaped)'); export N
            ns() { "$NS" --root "$ROOT" "$@"; }
            cd "$DIR"; \(line)
            """
        let terminal = try Terminal(columns: 400)
        let shown = try terminal.show(
            ChildProcess(
                ["/bin/sh", "-c", script],
                environment: store.environment.merging([
                    "NS": store.binary, "ROOT": store.root, "DIR": store.directory.path,
                ]) { $1 }, descriptor: terminal.descriptor))
        check(shown.text, line, at: location)
    }

    @Test func whatBuildersPrint() throws {
        var store = try StoreFixture()
        let print = "printf '\(Self.escaped)\\n'; printf '\(Self.escaped)'"
        let fails = try store.derive("fails", "\(print); exit 1")
        for options in [
            "", "--keep-going", "--log-format plain", "--log-format raw", "--log-format json",
        ] {
            try show(store, "ns realise \(options) \(fails.drv)")
        }
        try show(store, "ns log \(fails.drv)")
        let good = try store.derive("good", "\(print); sleep 1; echo > $out")
        try show(store, "ns realise \(good.drv)")
    }

    @Test func errorsAreCleanedInFilesToo() throws {
        var store = try StoreFixture()
        let item = try store.derive("fails", "printf '\(Self.escaped)'; exit 1")
        let error = try store.failure(100, item.drv)
        #expect(
            error.contains(#"evil\x1b]0;title\x07"#)
                && error.contains(#"\u{9b}2J\x9b2J\x7f\u{202e}"#))
        check(Array(error.utf8), "realise 2> file")
    }

    /// A builder's colours stay in its log on a terminal, and end there.
    @Test func coloursOfALogStay() throws {
        var store = try StoreFixture()
        let item = try store.derive("red", "printf '\\033[31m\\033[Kred\\033[5'; exit 1")
        _ = try store.failure(100, item.drv)
        let terminal = try Terminal()
        let log = try terminal.show(
            store.start(["log", item.drv], descriptor: terminal.descriptor))
        #expect(String(decoding: log.text, as: UTF8.self) == "\u{1b}[31mred\\x1b[5\u{1b}[0m")
        let plain = try terminal.show(
            store.start(
                ["log", item.drv], adding: ["NO_COLOR": "1"], descriptor: terminal.descriptor))
        #expect(String(decoding: plain.text, as: UTF8.self) == "red\\x1b[5")
    }

    @Test func namesInOutputs() throws {
        var store = try StoreFixture()
        let random = "cat /proc/sys/kernel/random/uuid"
        let item = try store.derive(
            "names",
            """
            N=$(printf '\(Self.escaped)'); mkdir $out; echo "$N" > "$out/$N"; ln -s "$N" "$out/l"
            mkdir "$out/d$N"; \(random) > "$out/d$N/text"; \(random) > "$out/$N.random"
            """)
        try store.realise(item)
        for options in ["", "-l", "-lR", "--json"] {
            try show(store, "ns ls \(options) \(item.output())")
        }
        try show(store, "ns cat \"\(item.output())/$N\"")
        try show(store, "ns cat \"\(item.output())/no$N\"")
        try show(store, "ns realise --check \(item.drv)")
        try show(store, "ns audit rebuild \(item.drv)")
        try show(store, "ns audit rebuild --json \(item.drv)")
        try show(
            store,
            "ns realise --check --keep-failed --diff-hook \"$(command -v echo)\" \(item.drv); echo evil"
        )
        let pipes = try store.derive(
            "pipes", "N=$(printf '\(Self.escaped)'); mkdir $out; mkfifo \"$out/$N\"")
        try show(store, "ns realise \(pipes.drv)")
        let missing = try store.derive("missing", "printf '\(Self.escaped)'")
        try show(store, "ns realise \(missing.drv); echo evil")
    }

    @Test func namesInTrees() throws {
        let store = try StoreFixture(withTools: false)
        let prepare = """
            mkdir a b p; echo 1 > "a/$N"; echo 2 > "b/$N"; mkfifo "p/$N"; echo "$N" > b/text; : > "$N"
            """
        try show(store, prepare + "; ns audit diff a b")
        try show(store, "ns audit diff --json a b")
        for command in ["add", "hash", "dump"] {
            try show(store, "ns \(command) p > file; ns \(command) p; echo evil")
        }
        for command in ["add", "hash", "dump", "derivation check"] {
            try show(store, "ns \(command) \"no$N\"; echo evil")
        }
        try show(store, "ns add \"$N\"")
        try show(store, "ns dump a; echo evil")
        try show(store, "ns dump a > nar; ns ls --nar nar; ns cat --nar nar \"/no$N\"")
        try show(store, "ns dump a | ns restore \"$N\"")
        try show(
            store,
            "{ ns dump a | sed 's/directory/dire\\x1b\\x9btory/'; } | ns restore c; echo evil")
        try show(store, "printf '%s' \"$N\" | ns restore c; echo evil")
        try show(store, "printf '%s' \"$N\" | ns import; echo evil")
        try show(store, "ns hash --to-sri \"$N\"")
        try show(store, "ns \"$N\"")
        try show(store, "ns add file --\"$N\"; echo evil")
        try show(store, "ns realise --log-format \"$N\" x")
        try show(store, "ns --root \"$N\" query roots")
        try show(store, "ns --store-dir \"/$N\" add a")
        try show(
            store, "tar -cf one.tar a; tar -cf two.tar -C b \"$N\"; ns audit diff one.tar two.tar")
    }

    @Test func namesOfRootsAndLinks() throws {
        let store = try StoreFixture(withTools: false)
        try show(
            store,
            """
            echo > file; p=$(ns add file); ns realise "$p" --add-root "$N"; ns query roots "$p"
            """)
        try show(store, "ns roots")
        try show(store, "ns roots --json")
        try show(
            store, "ns gc --delete \"$(ns add --name other file)\"; ns query roots $(ns add file)")
        try show(store, "ln -s \"$N\" dangling; ns query info dangling; echo evil")
    }

    @Test func textsOfDerivations() throws {
        var store = try StoreFixture(withTools: false)
        let text = "evil\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\u{2028}\u{7f}"
        func derive(_ more: String) throws -> StoreFixture.Item {
            try store.derive("text", "", variables: ["v": text + more, "k" + text: text]) {
                $0.builder = ByteString("/" + text)
                $0.arguments = [ByteString(text + more)]
            }
        }
        let one = try derive("")
        let two = try derive("2")
        let source = try store.fetch("file", ["http://127.0.0.1:9/\(text)"], .hash("x"))
        for format in ["dot", "tree", "json", "html", "mermaid", "graphml", "cypher"] {
            try show(
                store, "ns graph show --format \(format) --type derivation \(one.drv); echo evil")
        }
        try show(store, "ns derivation show \(one.drv)")
        try show(store, "ns why-rebuild \(one.drv) \(two.drv); echo evil")
        try show(store, "ns graph diff \(one.drv) \(two.drv); echo evil")
        try show(store, "ns sources \(source.drv)")
        try show(store, "ns realise \(source.drv)")
        try show(store, "ns realise \(one.drv)")
        try show(
            store, "printf 'Derive([(\"%s' \"$N\" > \"$N.drv\"; ns derivation check \"$N.drv\"")
        try show(store, "printf '{\"%s' \"$N\" | ns derivation add; echo evil")
        try show(store, "printf '{\"evil\\\\u009b\": 1, \"evil\\\\u009b\": 1}' | ns derivation add")
    }

    @Test func whatServersSay() throws {
        let text = "evil\u{1b}]0;title\u{7}\u{9b}2J\u{202e}"
        let server = try LoopbackServer { request in
            request.path.contains("redirect")
                ? .init(302, headers: ["Location: ftp://\(text)/"])
                : .init(200, body: Array("StorePath: \(text)\n\(text)".utf8))
        }
        var store = try StoreFixture(withTools: false)
        for path in ["/redirect", "/file"] {
            let item = try store.fetch("evil-file", [server.url(path)], .hash("x"), size: 3)
            try show(store, "ns realise \(item.drv)")
            try show(store, "ns realise --substituters \(server.url("/cache")) \(item.drv)")
        }
        try show(
            store,
            "ns audit compare \(server.url("/manifest")) \(server.url("/redirect")); echo evil")
    }

    @Test func entriesOfArchives() throws {
        var store = try StoreFixture(withTools: false)
        let text = "../evil\u{1b}]0;title\u{7}\u{9b}2J\u{202e}"
        try Data(Tar.archive([(name: text, contents: "x")])).write(
            to: URL(filePath: store.directory.file("archive.tar")))
        let source = try #require(
            try store.succeed("add", store.directory.file("archive.tar")).lines.first)
        let path = try StoreDirectory.nodeos.parse(source)
        let item = try store.derive("unpacked", "") {
            $0.system = "builtin"
            $0.builder = "builtin:unpack"
            $0.arguments = []
            $0.environment = ["name": "unpacked", "src": ByteString(source)]
            $0.inputSources = [path]
        }
        try show(store, "ns realise \(item.drv)")
    }
}
