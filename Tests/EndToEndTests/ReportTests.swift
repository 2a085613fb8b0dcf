import Foundation
import Primitives
import StoreModel
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

    @Test func whatFilesSayIsNoMarkup() throws {
        let scene = try ReportScene()
        let evil = "<script>alert('1')</script>\" onload=\"x"
        let rebuild = try scene.write(scene.rebuild) { answer in
            guard case .array(var records)? = answer["derivations"],
                case .object(var record)? = records.first
            else { return }
            record["verdict"] = .string("failed")
            record["reason"] = .string(evil)
            records[0] = .object(record)
            answer["derivations"] = .array(records)
            answer["counts"] = .object([
                "same": .count(records.count - 1), "failed": .count(1), "different": .count(0),
                "skipped": .count(0),
            ])
        }
        let seeds = try scene.write(scene.seeds) { answer in
            answer["findings"] = .array([
                .object([
                    "category": .string("plain-path"), "what": .string(evil),
                    "output": .string(scene.final.output()), "file": .string(evil),
                    "members": .array([]), "offset": .null, "count": .count(1),
                    "explanation": .null,
                ])
            ])
            answer["clean"] = .bool(false)
            answer["verdict"] = .string("found")
        }
        let page = try scene.report("html", "--rebuild", rebuild, "--seeds", seeds)
        #expect(!page.output.contains("<script"))
        #expect(!page.output.contains("\" onload=\""))
        #expect(page.output.contains("1 traces lead back to binary seeds"))
        let text = try scene.report("markdown", "--seeds", seeds)
        #expect(text.output.contains("\\<script"))
        #expect(!text.output.replacing("\\<", with: "").contains("<script"))
    }

    @Test func goodIsSaidWhenEverythingWasCovered() throws {
        let scene = try ReportScene()
        let seeds = try scene.write(scene.seeds) { _ in }
        let rebuild = try scene.write(scene.rebuild) { _ in }
        let good = try scene.report("json", "--rebuild", rebuild, "--seeds", seeds)
        #expect(good.output.contains("\"verdict\": \"good\""), "\(good.output)\(good.error)")
        let page = try scene.report("markdown", "--rebuild", rebuild, "--seeds", seeds)
        #expect(page.output.contains("nothing leads back to the binary seeds"))
        // People read sizes in units.
        #expect(page.output.contains("1 downloads, 5 B, that somebody else compiled"))
        // An audit that could not look at everything found nothing, and is not good.
        for (name, change) in [
            ("absentSeedItems", JSONValue.strings([scene.seed.output()])),
            ("findings", scene.unread),
        ] {
            let partly = try scene.write(scene.seeds) { answer in
                answer[name] = change
                answer["verdict"] = .string("inconclusive")
                if name == "findings" {
                    answer["clean"] = .bool(false)
                    answer["unreadCount"] = .count(1)
                } else {
                    answer["complete"] = .bool(false)
                }
            }
            let open = try scene.report("json", "--rebuild", rebuild, "--seeds", partly)
            #expect(open.output.contains("\"verdict\": \"open\""), "\(open.output)\(open.error)")
        }
        // Without one of the derivations, and without the seeds.
        #expect(try scene.report("json", "--rebuild", rebuild).output.contains("\"open\""))
        #expect(try scene.report("json", "--seeds", seeds).output.contains("\"open\""))
        let lone = try scene.write(
            scene.store.succeed("audit", "rebuild", "--json", scene.final.drv).output
        ) { _ in }
        let part = try scene.report("json", "--rebuild", lone, "--seeds", seeds)
        #expect(part.output.contains("1 of 2 derivations were not built again"))
        // A difference that one file tells of is not undone by another file.
        let different = try scene.write(scene.rebuild) { answer in
            answer["derivations"] = .array(
                (answer["derivations"]?.array ?? []).map { record in
                    var record = record.object ?? [:]
                    record["verdict"] = .string("not-repeatable")
                    return .object(record)
                })
            answer["counts"] = .object([
                "same": .count(0), "failed": .count(0), "different": .count(2),
                "skipped": .count(0),
            ])
        }
        let bad = try scene.report("json", "--rebuild", different, "--rebuild", rebuild)
        #expect(bad.output.contains("\"verdict\": \"bad\""), "\(bad.output)\(bad.error)")
    }

    /// Answers about something else, about other bytes, of another store directory, incomplete.
    @Test func filesAboutSomethingElseAreErrors() throws {
        var scene = try ReportScene()
        let other = try scene.other()
        let otherSeeds = try scene.store.succeed("audit", "seeds", "--json", other.drv).output
        let otherRebuild = try scene.store.succeed("audit", "rebuild", "--json", other.drv).output
        let hash = JSONValue.string("sha256:" + String(repeating: "0", count: 52))
        let narHashes = JSONValue.object([scene.final.output(): hash])
        typealias Change = (inout [String: JSONValue]) -> Void
        var cases: [(option: String, text: String, message: String, change: Change)] = []
        func add(
            _ option: String, _ text: String, _ message: String,
            _ change: @escaping Change = { _ in }
        ) { cases.append((option, text, message, change)) }
        add("--seeds", otherSeeds, "is about '\(other.path)', and says nothing of")
        add("--rebuild", otherRebuild, "is about '\(other.path)', and says nothing of")
        add("--seeds", scene.rebuild, " audit rebuild'; make it anew")
        add("--compare", scene.seeds, " audit seeds'; make it anew")
        add("--policy", "{\"paths\": []}", "does not say what it is")
        add("--rebuild", "{\"derivations\": []}", "does not say what it is")
        add("--seeds", scene.seeds, "the store directory '/nix/store'") {
            $0["store"] = .string("/nix/store")
            $0["subjects"] = .array([])
        }
        add("--seeds", scene.seeds, "only version 1") { $0["version"] = .integer(2) }
        add("--seeds", scene.seeds, "'mood' is not known here") { $0["mood"] = .null }
        add("--seeds", scene.seeds, "'absentSeedItems' says otherwise") {
            $0["complete"] = .bool(false)
        }
        add("--seeds", scene.seeds, "says nothing of the seed") {
            $0["seeds"] = .array([])
            $0["seedCount"] = .count(0)
        }
        add("--seeds", scene.seeds, "it is about other bytes of") { answer in
            answer["narHashes"] = .object(
                (answer["narHashes"]?.object ?? [:]).mapValues { _ in hash })
        }
        add("--seeds", scene.seeds, "which must not be reached") {
            $0["seedItems"] = .array([])
        }
        add("--rebuild", scene.rebuild, "it is about other bytes of") { answer in
            answer["derivations"] = .array(
                (answer["derivations"]?.array ?? []).map { record in
                    var record = record.object ?? [:]
                    if record["derivation"]?.string == scene.final.drv {
                        record["narHashes"] = narHashes
                    }
                    return .object(record)
                })
        }
        add("--rebuild", scene.rebuild, "says nothing of its output") { answer in
            answer["derivations"] = .array(
                (answer["derivations"]?.array ?? []).map { record in
                    var record = record.object ?? [:]
                    record["narHashes"] = .object([:])
                    return .object(record)
                })
        }
        for item in cases {
            let file = try scene.write(item.text, item.change)
            let result = try scene.run(item.option, file)
            #expect(result.status == 1, "\(item.option) \(item.message): \(result.output)")
            #expect(result.error.contains("'\(file)'"), "\(result.error)")
            #expect(result.error.contains(item.message), "\(item.message): \(result.error)")
        }
        // Every member counts, and so does the end.
        for (option, text) in [("--seeds", scene.seeds), ("--rebuild", scene.rebuild)] {
            for name in try #require(try JSONValue(parsing: Array(text.utf8)).object).keys {
                let file = try scene.write(text) { $0[name] = nil }
                #expect(try scene.run(option, file).status == 1, "\(option) without \(name)")
            }
            let half = try scene.store.directory.write(
                String(text.prefix(text.count / 2)), to: "half.json")
            let result = try scene.run(option, half)
            #expect(result.status == 1 && result.error.contains("not all of it"))
        }
    }

    /// Comparisons and agreements of something else, or of other bytes.
    @Test func comparisonsOfSomethingElseAreErrors() throws {
        let mine = try AgreementTests.Chain(noisy: false)
        let theirs = try AgreementTests.Chain(noisy: false)
        var store = mine.store
        let item = try store.derive("item", "echo item > $out")
        try store.realise(item)
        let files = try [mine, theirs].enumerated().map { index, chain in
            try store.directory.write(
                String(decoding: chain.manifest(), as: UTF8.self), to: "\(index).json")
        }
        let compared = try store.succeed("audit", "compare", "--json", files[0], files[1]).output
        func report(_ text: String, _ drv: String) throws -> ChildProcess.Result {
            let file = try store.directory.write(text, to: "compare.json")
            return try store.run(
                "audit", "report", "--format", "json", "--compare", file, drv)
        }
        let good = try report(compared, mine.program.drv)
        #expect(good.output.contains("\"verdict\": \"good\""), "\(good.output)\(good.error)")
        let other = try report(compared, item.drv)
        #expect(other.status == 1 && other.error.contains("and says nothing of '\(item.path)'"))
        // Both sides agree, on something else than what is here.
        let hash = try store.succeed("query", "hash", mine.base.output()).lines[0]
        let stale = compared.replacing(hash, with: "sha256:" + String(repeating: "0", count: 52))
        #expect(stale != compared)
        let older = try report(stale, mine.program.drv)
        #expect(older.status == 1 && older.error.contains("other bytes of"), "\(older.error)")
        // A word that the sides contradict.
        let forged = compared.replacing(
            "\"verdict\": \"match\"", with: "\"verdict\": \"inconclusive\"")
        #expect(try report(forged, mine.program.drv).status == 1)

        let key = store.directory.file("key")
        let publicKey = try store.succeed("key", "generate", "alice-1", key).lines[0]
        let policy = try store.directory.write(
            """
            {"version": 1, "builders": {"<b>alice</b>": ["\(publicKey)"]},
             "rules": [{"name": "*", "agree": 1}]}
            """, to: "policy.json")
        let signed = try store.directory.write(
            store.succeed("audit", "manifest", "--sign", key, item.drv).output, to: "signed.json")
        let agreed = try store.succeed(
            "audit", "policy", "--json", "--manifest", signed, policy, item.drv
        ).output
        func judge(_ text: String, _ drv: String) throws -> ChildProcess.Result {
            let file = try store.directory.write(text, to: "agreed.json")
            return try store.run(
                "audit", "report", "--format", "markdown", "--policy", file, drv)
        }
        let page = try judge(agreed, item.drv)
        #expect(page.output.contains("| 1 | 0 | 0 | 0 |"), "\(page.error)")
        #expect(page.output.contains("| agreed | 1 of 1 |"))
        #expect(!page.output.replacing("\\<", with: "").contains("<b>"))
        let foreign = try judge(agreed, mine.program.drv)
        #expect(foreign.status == 1 && foreign.error.contains("is about '\(item.path)'"))
        for (old, new, message) in [
            ("\"agreeing\": 1", "\"agreeing\": 0", "what the builders say is something else"),
            ("\"verdict\": \"agreed\"", "\"verdict\": \"splendid\"", "none of the words"),
            ("\"here\": \"sha256:", "\"there\": \"sha256:", "is not known here"),
        ] {
            let result = try judge(agreed.replacing(old, with: new), item.drv)
            #expect(result.status == 1 && result.error.contains(message), "\(result.error)")
        }
        let disputed = agreed.replacing("\"agreed\": 1", with: "\"agreed\": 0")
            .replacing("\"disputed\": 0", with: "\"disputed\": 1")
            .replacing("\"verdict\": \"agreed\"", with: "\"verdict\": \"disputed\"")
        #expect(try judge(disputed, item.drv).output.contains("do not agree on 1 paths"))
    }
}

/// A final item, the seed that it was built with, and what audits say of them.
private struct ReportScene {
    var store: StoreFixture
    let seed: StoreFixture.Item
    let final: StoreFixture.Item
    /// The answers of `audit seeds` and `audit rebuild --graph`.
    let seeds: String
    let rebuild: String

    init() throws {
        store = try StoreFixture()
        let download = try store.derive("seed.deb", "echo seed > $out") {
            $0.outputs = ["out": try StoreFixture.fixed("seed.deb", .hash(Array("seed\n".utf8)))]
            $0.environment["size"] = "5"
        }
        seed = try store.derive(
            "seeds", "cat \(download.output()) > $out", inputs: [download],
            variables: ["stage": "seed"])
        final = try store.derive(
            "tool-final", "echo final > $out", inputs: [seed], variables: ["stage": "final"])
        try store.realise(final)
        seeds = try store.succeed("audit", "seeds", "--json", final.drv).output
        rebuild = try store.succeed("audit", "rebuild", "--json", "--graph", final.drv).output
    }

    /// Another final item of the same seed.
    mutating func other() throws -> StoreFixture.Item {
        let item = try store.derive(
            "other-final", "echo other > $out", inputs: [seed], variables: ["stage": "final"])
        try store.realise(item)
        return item
    }

    /// One place that was not looked into.
    var unread: JSONValue {
        .array([
            .object([
                "category": .string("unread"), "what": .string("not looked at: it is damaged"),
                "output": .string(final.output()), "file": .string("x.gz"),
                "members": .strings(["gzip"]), "offset": .count(7), "count": .count(1),
                "explanation": .null,
            ])
        ])
    }

    /// Writes an answer with some members changed; returns the file.
    func write(
        _ text: String, _ change: (inout [String: JSONValue]) throws -> Void
    ) throws -> String {
        var members = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        try change(&members)
        return try store.directory.write(
            String(decoding: JSONValue.object(members).text(), as: UTF8.self),
            to: "answer-\(UInt32.random(in: 0 ... .max)).json")
    }

    func run(_ arguments: String...) throws -> ChildProcess.Result {
        try store.start(["audit", "report"] + arguments + [final.drv]).wait()
    }

    func report(_ format: String, _ arguments: String...) throws -> ChildProcess.Result {
        try store.start(["audit", "report", "--format", format] + arguments + [final.drv]).wait()
    }
}
