import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// What `realise` shows while it runs.
@Suite(.timeLimit(.minutes(40))) struct ProgressTests {
    @Test func plainLinesWhereThereIsNoTerminal() throws {
        var store = try StoreFixture()
        let one = try store.derive("one", "echo spoken; echo one > $out")
        let two = try store.derive("two", "echo two > $out", inputs: [one])
        let result = try store.succeed("realise", two.drv)
        let lines = result.error.split(separator: "\n").map { String($0) }
        #expect(lines.count == 5)
        #expect(lines.first == "to do: 2 builds")
        #expect(lines.dropFirst().first == "building one")
        #expect(lines.last?.hasPrefix("made two in ") == true)
        #expect(!result.error.contains("\u{1b}") && !result.error.contains("\r"))
        #expect(!result.error.contains("spoken"))
        #expect(result.output == two.output() + "\n")
    }

    @Test func rawShowsWhatBuildersSay() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "printf 'spoken\\033[2J\\nno newline'; echo > $out")
        let text = try store.succeed("realise", item.drv, "--log-format", "raw").error
        #expect(text.contains("one> spoken\n") && text.contains("one> no newline\n"))
        #expect(!text.contains("\u{1b}"))
        // The log is kept as it was, and goes so to a pipe. A terminal is not cleared by it.
        #expect(try store.succeed("log", item.drv).output == "spoken\u{1b}[2J\nno newline")
        #expect(try onTerminal(store, ["log", item.drv]).hasPrefix("spoken\\x1b[2J\r\nno newline"))
        #expect(try store.succeed("log", item.output()).output.hasPrefix("spoken"))
    }

    @Test func jsonIsOneObjectALine() throws {
        let server = try LoopbackServer { _ in .init(body: Array("text".utf8)) }
        var store = try StoreFixture()
        let source = try store.fetch("source", [server.url("/source")], .hash("text"), size: 4)
        let item = try store.derive("one", "echo spoken; exit 1", inputs: [source])
        let text = try store.failure(100, item.drv, "--log-format", "json")
        var events: [String] = []
        for line in text.split(separator: "\n") where line.hasPrefix("{") {
            let json = try JSONValue(parsing: Array(line.utf8))
            let event = try #require(json["event"]?.string)
            #expect(json["time"] != nil)
            events.append(event)
            if event == "log" { #expect(json["line"]?.string?.isEmpty == false) }
            if event == "planned" { #expect(json["counts"]?["fetch"] != nil) }
            if event == "failed" {
                #expect(json["derivation"]?.string == item.baseName)
                #expect(json["error"]?.string?.contains("exit status 1") == true)
            }
        }
        #expect(events.first == "planned")
        #expect(Set(events).isSuperset(of: ["started", "progress", "finished", "log", "failed"]))
    }

    @Test func theLogOfAFailedBuildIsKept() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "seq 5000; exit 1")
        _ = try store.failure(100, item.drv)
        #expect(try store.succeed("log", item.drv).lines.count == 5000)
        let never = try store.derive("never", "echo > $out")
        let result = try store.run("log", never.drv)
        #expect(result.status == 1)
        #expect(result.error.contains(never.baseName))
    }

    @Test func theBarIsForTerminals() throws {
        var store = try StoreFixture()
        let item = try store.derive("shown", "echo last words; sleep 1; echo > $out")
        let text = try onTerminal(store, ["realise", item.drv])
        #expect(text.contains("0 of 1 built"))
        #expect(text.contains("\u{1b}[K") && text.contains("last words"))
        #expect(text.contains("\u{1b}[32mmade\u{1b}[0m shown in "))
        // The path stands alone at the end, after the bar is gone.
        #expect(text.hasSuffix("\r\u{1b}[J\(store.root)") == false)
        #expect(text.replacing("\r\n", with: "\n").hasSuffix(item.output() + "\n"))
        let next = try store.derive("next", "sleep 0.5; echo > $out")
        let plain = try onTerminal(store, ["realise", next.drv], adding: ["NO_COLOR": "1"])
        #expect(plain.contains("0 of 1 built") && !plain.contains("\u{1b}[32m"))
        let third = try store.derive("third", "echo > $out")
        let dumb = try onTerminal(store, ["realise", third.drv], adding: ["TERM": "dumb"])
        #expect(dumb.contains("building third") && !dumb.contains("\u{1b}[K"))
    }

    /// Frames are never taller or wider than the terminal is when they are drawn.
    @Test func theBarFitsTheTerminal() throws {
        var store = try StoreFixture()
        let parts = try (0..<6).map { number in
            try store.derive(
                "a-long-name-for-a-part-\(number)",
                "i=0; while [ $i -lt 25 ]; do i=$((i+1)); echo '世界世界 words enough to fill a line'; sleep 0.1; done; "
                    + "echo > $out")
        }
        let goal = try store.derive("goal", "echo > $out", inputs: parts)
        let terminal = try Terminal(columns: 70, rows: 5)
        let running = try store.start(
            ["realise", "--jobs", "6", goal.drv], descriptor: terminal.descriptor)
        var wide: [UInt8] = []
        try waitUntil("six are shown") {
            wide += terminal.read()
            return String(decoding: wide, as: UTF8.self).contains("a-long-name-for-a-part")
        }
        usleep(300_000)
        expectFit(wide + terminal.read(), columns: 70, rows: 5)
        terminal.resize(columns: 31, rows: 3)
        usleep(400_000)
        _ = terminal.read()
        usleep(600_000)
        let narrow = terminal.read()
        #expect(String(decoding: narrow, as: UTF8.self).contains("of 7 built"))
        expectFit(narrow, columns: 31, rows: 3)
        terminal.resize(columns: 1, rows: 1)
        #expect(try terminal.show(running).status == 0)
    }

    private func expectFit(_ bytes: [UInt8], columns: Int, rows: Int) {
        let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        for match in text.matches(of: /\u{1b}\[([0-9]+)A/) {
            #expect(Int(match.1) ?? .max < rows)
        }
        for match in text.matches(of: /\u{1b}\[K([^\n\u{1b}]*)\n/) {
            let width = match.1.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) }
            #expect(width < columns, "\(match.1)")
        }
    }

    /// Runs the command with both outputs on a terminal, and returns what it showed.
    private func onTerminal(
        _ store: StoreFixture, _ arguments: [String], adding variables: [String: String] = [:]
    ) throws -> String {
        let terminal = try Terminal()
        let (text, status) = try terminal.show(
            store.start(arguments, adding: variables, descriptor: terminal.descriptor))
        #expect(status == 0)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func aTimeLeftIsJudgedFromTheLastTime() throws {
        var store = try StoreFixture()
        let first = try store.derive("thing-1.0", "sleep 1; echo > $out")
        try store.realise(first)
        let second = try store.derive("thing-1.1", "echo new > $out")
        let dry = try store.succeed("realise", "-n", second.drv).output
        // Never less than the second that it slept; how much more is the machine's affair.
        #expect(dry.contains(/about ([1-9][0-9.]*s|[0-9]+m)/), "\(dry)")
    }

    @Test func theStreamsMayBeClosed() throws {
        var store = try StoreFixture()
        let item = try store.derive("one", "echo > $out")
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        close(ends[0])
        let running = try store.start(["realise", item.drv], descriptor: ends[1])
        close(ends[1])
        // Nobody reads: the build is done all the same, and the end is quiet.
        #expect(try running.wait().status == 141)
        #expect(try store.isValid(item.output()))
    }
}
