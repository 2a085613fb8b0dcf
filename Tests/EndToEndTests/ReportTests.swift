import Foundation
import Primitives
import TestSupport
import Testing

/// `audit report`: one page from what other audits found.
@Suite(.timeLimit(.minutes(40))) struct ReportTests {
    @Test func theVerdictComesFirst() throws {
        var store = try StoreFixture()
        let input = try store.derive("steady", "echo > $out")
        let item = try store.derive(
            "chance", "cat \(input.output()) /proc/sys/kernel/random/uuid > $out", inputs: [input])
        try store.realise(item)
        let open = try store.succeed("audit", "report", "--format", "markdown", item.drv)
        #expect(
            open.output.contains(
                "**Nothing different was found, but 2 of 2 derivations were not built again.**"))
        let good = try store.run("audit", "rebuild", "--json", input.drv)
        let bad = try store.run("audit", "rebuild", "--json", "--graph", item.drv)
        try #require(bad.status == 104, "\(bad.error)")
        let first = try store.directory.write(good.output, to: "good.json")
        let second = try store.directory.write(bad.output, to: "bad.json")
        let page = store.directory.file("report.html")
        try store.succeed("audit", "report", "--rebuild", second, "-o", page, item.output())
        let html = try String(contentsOfFile: page, encoding: .utf8)
        let verdict = "1 of 2 derivations are not the same when built again."
        #expect(html.contains("<p class=\"verdict bad\">\(verdict)</p>"))
        #expect(html.contains("<td>\(item.baseName)</td><td>not-repeatable</td>"))
        #expect(html.contains("likely random"))
        #expect(html.contains("https://slsa.dev/provenance/v1"))
        #expect(!html.contains("<script"))
        // Nothing is fetched: all addresses are in the texts of the statement.
        #expect(!html.contains("src=\"http") && !html.contains("href="))
        let json = try store.succeed(
            "audit", "report", "--format", "json", "--rebuild", second, item.drv)
        let rates = try JSONValue(parsing: Array(json.output.utf8))["rates"]
        #expect(rates?["matched"]?.integer == 1 && rates?["mismatched"]?.integer == 1)
        let steady = try store.succeed(
            "audit", "report", "--format", "markdown", "--rebuild", first, input.drv)
        #expect(steady.output.contains("**All 1 derivations are the same when built again.**"))
    }

    /// Two stores built apart: what differs first, what follows, and what two sides built alike.
    @Test func whatAnotherMachineHas() throws {
        let mine = try AgreementTests.Chain(noisy: true)
        let theirs = try AgreementTests.Chain(noisy: true)
        let other = try theirs.store.directory.write(
            String(decoding: theirs.manifest(), as: UTF8.self), to: "theirs.json")
        let own = try mine.store.directory.write(
            String(decoding: mine.manifest(), as: UTF8.self), to: "mine.json")
        let compared = try mine.store.run("audit", "compare", "--json", own, other)
        try #require(compared.status == 2, "\(compared.error)")
        let file = try mine.store.directory.write(compared.output, to: "compare.json")
        let report = try mine.store.succeed(
            "audit", "report", "--format", "json", "--compare", file, mine.program.drv)
        let json = try JSONValue(parsing: Array(report.output.utf8))
        #expect(json["rates"]?["matched"]?.integer == 2)
        #expect(json["rates"]?["mismatched"]?.integer == 3)
        #expect(json["rates"]?["notCompared"]?.integer == 0)
        let words = (json["derivations"]?.array ?? []).reduce(into: [String: String]()) {
            $0[String(($1["derivation"]?.string ?? "").dropFirst(33))] = $1["verdict"]?.string
        }
        #expect(
            words == [
                "base.drv": "same", "deaf.drv": "same", "noise.drv": "mismatch",
                "library.drv": "follows", "program.drv": "follows",
            ])
        let text = try mine.store.succeed(
            "audit", "report", "--format", "markdown", "--compare", file, mine.program.drv)
        #expect(text.output.contains(other))
        // Both were built on this machine, and the report does not hide it.
        #expect(text.output.contains("two stores of one machine"))
        #expect(!text.output.contains("of other derivations"))
    }

    @Test func whoAgrees() throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo > $out")
        try store.realise(item)
        let evil = "<b>alice</b>"
        func report(_ verdict: String) throws -> String {
            func entry(_ path: String) -> JSONValue {
                .object([
                    "path": .string(path), "verdict": .string(verdict), "agreeing": .integer(2),
                    "needed": .integer(3),
                    "words": .array([
                        .object(["builder": .string(evil), "narHash": .string("sha256:abc")])
                    ]),
                ])
            }
            let paths = [entry(item.output()), entry("/etc"), .null]
            let file = try store.directory.write(
                String(decoding: JSONValue.object(["paths": .array(paths)]).text(), as: UTF8.self),
                to: "policy.json")
            return try store.succeed(
                "audit", "report", "--format", "markdown", "--policy", file, item.drv
            ).output
        }
        let disputed = try report("disputed")
        #expect(disputed.contains("**builders do not agree on 1 paths.**"))
        #expect(disputed.contains("| disputed | 2 of 3 |"))
        #expect(!disputed.replacing("\\<", with: "").contains("<b>"))
        #expect(try report("lacking").contains("too few builders agree on 1 paths"))
        let agreed = try report("agreed")
        #expect(agreed.contains("| 1 | 0 | 0 | 0 |"))
        #expect(agreed.contains("2 entries of the files given are of other derivations"))
        #expect(try report("splendid").contains("3 entries of the files given"))
    }

    @Test func whatFilesSayIsNoMarkup() throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo > $out")
        try store.realise(item)
        let evil = "<script>alert('1')</script>\" onload=\"x"
        let record = JSONValue.object([
            "derivation": .string(item.drv), "verdict": .string("<script>\"'&"),
            "blame": .array([.strings([evil])]), "reason": .string(evil),
        ])
        let other = JSONValue.object(["derivation": .string("/etc"), "verdict": .string("same")])
        let file = JSONValue.object(["derivations": .array([record, other, .null, .string("x")])])
        let seeds = JSONValue.object([
            "seeds": .array([.object(["path": .string(evil), "size": .integer(7)]), .null]),
            "findings": .array([.object(["what": .string(evil)])]),
        ])
        let one = try store.directory.write(
            String(decoding: file.text(), as: UTF8.self), to: "rebuild.json")
        let two = try store.directory.write(
            String(decoding: seeds.text(), as: UTF8.self), to: "seeds.json")
        let result = try store.succeed(
            "audit", "report", "--rebuild", one, "--seeds", two, item.drv)
        #expect(!result.output.contains("<script"))
        #expect(!result.output.contains("\" onload=\""))
        #expect(result.output.contains("1 traces lead back to binary seeds"))
        #expect(result.output.contains("3 entries of the files given are of other derivations"))
        let markdown = try store.succeed(
            "audit", "report", "--format", "markdown", "--seeds", two, item.drv)
        #expect(markdown.output.contains("\\<script"))
        #expect(!markdown.output.replacing("\\<", with: "").contains("<script"))
        let broken = try store.directory.write("{", to: "broken.json")
        #expect(try store.run("audit", "report", "--rebuild", broken, item.drv).status == 1)
    }
}
