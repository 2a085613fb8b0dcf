import Foundation
import Primitives
import TestSupport
import Testing

/// Settings in files: option beats environment beats file, and mistakes are told with their place.
@Suite struct SettingsTests {
    private let store: StoreFixture
    private let folder: String

    init() throws {
        store = try StoreFixture(withTools: false)
        folder = store.directory.file(".config/nodeos")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ text: String) throws {
        try text.write(toFile: folder + "/settings.toml", atomically: true, encoding: .utf8)
    }

    /// Without `--root`: where the store is may be a setting.
    private func run(
        _ arguments: String..., adding variables: [String: String] = [:]
    ) throws -> ChildProcess.Result {
        try ChildProcess(
            [store.binary] + arguments,
            environment: store.environment.merging(variables) { $1 }
        ).wait()
    }

    /// Setting, value and source of each line.
    private func shown(_ result: ChildProcess.Result) throws -> [String: [String]] {
        #expect(result.status == 0, "\(result.error)")
        let value = try JSONValue(parsing: Array(result.output.utf8))
        return (value.object ?? [:]).mapValues {
            [$0["value"]?.string ?? "", $0["source"]?.string ?? ""]
        }
    }

    @Test func optionBeatsEnvironmentBeatsFile() throws {
        try write("jobs = 4\nroot = \"/from/file\"\n\n[gc]\nkeep-used = \"30d\"\n")
        let file = folder + "/settings.toml"
        let one = try shown(run("config", "show", "--json"))
        #expect(one["jobs"] == ["4", file + ":1"])
        #expect(one["root"] == ["/from/file", file + ":2"])
        #expect(one["gc.keep-used"] == ["30d", file + ":5"])
        #expect(one["cores"] == ["0", "default"])
        let variables = ["NODEOS_ROOT": "/from/environment", "NODEOS_JOBS": ""]
        let two = try shown(run("config", "show", "--json", adding: variables))
        #expect(two["root"] == ["/from/environment", "NODEOS_ROOT"])
        #expect(two["jobs"] == ["4", file + ":1"], "an empty variable says nothing")
        let three = try shown(
            run("config", "show", "--json", "--root", "/from/option", adding: variables))
        #expect(three["root"] == ["/from/option", "--root"])
    }

    /// What the files say is what happens: the store is made where they say.
    @Test func commandsObey() throws {
        let root = store.directory.file("elsewhere")
        try write("root = \"\(root)\"\n")
        let file = store.directory.file("a.txt")
        try "a".write(toFile: file, atomically: true, encoding: .utf8)
        let added = try run("add", file)
        #expect(added.status == 0, "\(added.error)")
        #expect(FileManager.default.fileExists(atPath: root + added.lines[0]))
        let other = store.directory.file("other")
        #expect(try run("add", file, adding: ["NODEOS_ROOT": other]).status == 0)
        #expect(FileManager.default.fileExists(atPath: other + added.lines[0]))
    }

    @Test func mirrorsAndTheSampleOfTheManual() throws {
        let manual = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/manual/settings.md")
        let text = try String(contentsOf: manual, encoding: .utf8)
        let sample = try #require(text.firstMatch(of: /```toml\n((?s:.*?))```/)).1
        try write(String(sample))
        let values = try shown(run("config", "show", "--json"))
        #expect(values["mirrors.debian"]?.first == "https://mirror.example/debian")
        #expect(values["substituters"]?.first == "https://cache.example /srv/cache")
        #expect(values["gc.min-free"]?.first == "5G")
        let server = try LoopbackServer { _ in .init(body: Array("bytes\n".utf8)) }
        var store = store
        let item = try store.fetch("file", ["mirror://attic/file"], .hash("bytes\n"))
        try write("[mirrors]\nattic = [\"\(server.url("/"))\"]\n")
        try store.realise(item)
        #expect(server.requests.count == 1)
    }

    /// What `gc` does when it is told nothing is what the settings say.
    @Test func garbageIsCollectedAsSettingsSay() throws {
        let file = store.directory.file("a.txt")
        try "a".write(toFile: file, atomically: true, encoding: .utf8)
        let path = try store.succeed("add", file).lines[0]
        try write("[gc]\nkeep-used = \"1d\"\n")
        #expect(try store.succeed("gc").output == "")
        #expect(try store.isValid(path))
        // Who says something on the command line has said all.
        #expect(try store.succeed("gc", "--max-size", "0").lines == [path])
    }

    @Test(arguments: [
        ("substituter = []", "1:1: unknown setting 'substituter'; did you mean 'substituters'?"),
        (
            "jobs = 2\n\n[gc]\nmin-fre = \"5G\"",
            "4:1: unknown setting 'gc.min-fre'; did you mean 'gc.min-free'?"
        ),
        ("jobs = \"2\"", "1:8: 'jobs' must be a whole number, not a text"),
        ("jobs = 0", "1:8: 'jobs' must be at least 1"),
        ("cores = -1", "1:9: 'cores' must be a whole number from 0"),
        ("root = \"relative\"", "1:8: 'root' must be an absolute path"),
        (
            "substituters = \"https://a\"",
            "1:16: 'substituters' must be a list of texts, not a text"
        ),
        ("substituters = [\n  \"https://a\",\n  \"cache\"]", "3:3: 'substituters' must hold URLs"),
        ("trusted-keys = [\"x\"]", "1:17: 'trusted-keys' holds 'x'"),
        ("[gc]\nmax-size = \"20 GB\"", "2:12: 'gc.max-size' must be a size"),
        ("[gc]\nkeep-used = \"2 weeks\"", "2:13: 'gc.keep-used' must be a span of time"),
        ("[mirrors]\nDebian = \"x\"", "2:1: 'Debian' is no name of a mirror"),
        ("jobs = 1\njobs = 2", "2:"), ("jobs =", "1:"),
        ("[root]\na = 1", "1:1: 'root' must be a text, not a table"),
    ]) func mistakesAreToldWithTheirPlace(text: String, message: String) throws {
        try write(text)
        for command in [["config", "show"], ["query", "info", "x"]] {
            let result = try store.start(command).wait()
            #expect(result.status == 1)
            #expect(result.error.contains("settings.toml:\(message)"), "\(result.error)")
        }
    }

    @Test func variablesThatAreNoNumbersAreErrors() throws {
        for (name, value) in [
            ("NODEOS_JOBS", "x"), ("NODEOS_MIN_FREE", "5 G"), ("NODEOS_CORES", "-1"),
        ] {
            let result = try run("config", "show", adding: [name: value])
            #expect(result.status == 1)
            #expect(result.error.contains(name), "\(result.error)")
        }
    }

    @Test func keysAreTrustedAndRevoked() throws {
        func key(_ name: String) throws -> String {
            let file = store.directory.file("\(name)-\(UInt32.random(in: 0...(.max))).secret")
            return try store.succeed("key", "generate", name, file).lines[0]
        }
        let one = try key("one-1")
        try store.succeed("key", "trust", one)
        try store.succeed("key", "trust", one)
        let file = folder + "/trusted-keys"
        #expect(try String(contentsOfFile: file, encoding: .utf8) == one + "\n")
        let other = try store.start(["key", "trust", try key("one-1")]).wait()
        #expect(other.status == 1)
        #expect(other.error.contains("\(file):1") && other.error.contains("revoke"))
        let two = try key("two-1")
        try write("trusted-keys = [\"\(two)\"]\n")
        let values = try shown(store.start(["config", "show", "--json"]).wait())
        #expect(values["trusted-keys"]?.first == "\(two) \(one)")
        #expect(values["trusted-keys"]?.last == "\(folder)/settings.toml:1, \(file):1")
        let added = store.directory.file("a.txt")
        try "a".write(toFile: added, atomically: true, encoding: .utf8)
        try store.succeed("add", added)
        #expect(try store.succeed("key", "list").output.contains("trusted: one-1 (\(folder)"))
        let elsewhere = try store.start(["key", "revoke", "two-1"]).wait()
        #expect(elsewhere.status == 1)
        #expect(elsewhere.error.contains("it is trusted elsewhere: \(folder)/settings.toml:1"))
        try store.succeed("key", "revoke", "one-1")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "")
    }
}
