import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// Building again and comparing: `--check`, `--rounds`, `--diff-hook`.
@Suite(.timeLimit(.minutes(40))) struct CheckTests {
    private static let random = "cat /proc/sys/kernel/random/uuid"

    @Test func whatIsDeterministicIsTheSameAgain() throws {
        var store = try StoreFixture()
        let item = try store.derive("steady", "mkdir $out; echo $out > $out/text")
        try store.realise(item)
        let result = try store.succeed("realise", "--check", "--keep-failed", item.drv)
        #expect(result.lines == [item.output()])
        #expect(result.error.contains("same steady: 2 builds, equal bytes"))
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    @Test func whatDiffersIsSaidWithFileAndByte() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "random",
            """
            mkdir $out; echo same > $out/same
            echo before > $out/text; \(Self.random) >> $out/text
            if [ -s $out/text ]; then ln -s $(\(Self.random)) $out/link; fi
            """)
        try store.realise(item)
        let text = try store.contents(item.output() + "/text")
        let message = try store.failure(104, "--check", item.drv)
        #expect(message.contains("'\(item.baseName)' may not be deterministic"))
        #expect(message.contains("output '\(item.output().dropFirst("/nodeos/store/".count))'"))
        #expect(try message.contains(Regex("text: differs from byte (7|8|9|1[0-9]) on")))
        #expect(message.contains("link: a symbolic link to '"))
        #expect(!message.contains("same:"))
        #expect(message.contains("--keep-failed keeps both"))
        // The valid output is what it was, and nothing else is there.
        #expect(try store.contents(item.output() + "/text") == text)
        #expect(try store.succeed("verify", "--check-contents").status == 0)
        #expect(store.scratch() == [])
        let info = try store.succeed("log", "--json", item.drv)
        let builds = try JSONValue(parsing: Array(info.output.utf8))[item.drv]?.array
        #expect(
            builds?.compactMap { $0["status"]?.string } == ["not-deterministic", "succeeded"])
    }

    @Test func bothTreesAreKeptWhenAsked() throws {
        var store = try StoreFixture()
        let item = try store.derive("random", "mkdir $out; \(Self.random) > $out/text")
        try store.realise(item)
        let message = try store.failure(104, "--check", "-K", item.drv)
        let match = try #require(message.firstMatch(of: /diffoscope '([^']+)' '([^']+)'/))
        let (first, second) = (String(match.1), String(match.2))
        #expect(first == store.real(item.output()))
        #expect(second.hasSuffix("/\(item.output().dropFirst("/nodeos/store/".count)).check"))
        let texts = try [first, second].map {
            try String(contentsOfFile: $0 + "/text", encoding: .utf8)
        }
        #expect(texts[0] != texts[1])
        // Neither a later build nor a collector takes it for something else.
        #expect(try store.strays() == [])
        _ = try store.succeed("realise", item.drv)
        #expect(FileManager.default.fileExists(atPath: second))
        try store.succeed("gc")
        #expect(FileManager.default.fileExists(atPath: second))
    }

    @Test func whatWasNeverBuiltIsBuiltTwice() throws {
        var store = try StoreFixture()
        let input = try store.derive("input", "echo input > $out")
        let item = try store.derive("steady", "cat \(input.output()) > $out", inputs: [input])
        let result = try store.succeed("realise", "--check", item.drv)
        #expect(result.error.contains("2 builds, equal bytes"))
        #expect(try store.isValid(item.output()))
        // What it needs is built, but not compared.
        #expect(!result.error.contains("same input"))
        let random = try store.derive("random", "\(Self.random) > $out")
        #expect(try store.failure(104, "--check", random.drv).contains("deterministic"))
        #expect(try store.isValid(random.output()))
    }

    @Test func roundsMustAgreeBeforeAnythingIsValid() throws {
        var store = try StoreFixture()
        let random = try store.derive("random", "echo round >&2; \(Self.random) > $out")
        let message = try store.failure(104, "--rounds", "3", "-K", random.drv)
        #expect(try !store.isValid(random.output()))
        let match = try #require(message.firstMatch(of: /diffoscope '([^']+)' '([^']+)'/))
        for path in [match.1, match.2] {
            #expect(FileManager.default.fileExists(atPath: String(path)))
        }
        let steady = try store.derive("steady", "echo steady > $out")
        let result = try store.succeed("realise", "--rounds", "3", steady.drv)
        #expect(result.error.contains("same steady: 3 builds"))
        #expect(try store.isValid(steady.output()))
        let again = try store.succeed("realise", "--check", "--rounds", "2", steady.drv)
        #expect(again.error.contains("same steady: 3 builds"))
        let builds = try JSONValue(
            parsing: Array(
                try store.succeed("query", "info", "--json", steady.output()).output.utf8)
        )[steady.output()]?["builds"]?.array
        #expect(builds?.count == 5)
        #expect(builds?.first?["machine"]?.string?.contains("linux") == true)
    }

    @Test func theNumberOfCoresVariesUnlessItIsGiven() throws {
        var store = try StoreFixture()
        let item = try store.derive("cores", "echo $NIX_BUILD_CORES > $out")
        #expect(try store.failure(104, "--rounds", "2", item.drv).contains("byte 0"))
        try store.succeed("realise", "--rounds", "2", "--cores", "3", item.drv)
        #expect(try store.contents(item.output()) == "3\n")
        #expect(try store.failure(104, "--check", "--cores", "4", item.drv).contains("byte 0"))
    }

    @Test func theHookSeesBothTrees() throws {
        var store = try StoreFixture()
        let item = try store.derive("random", "echo clue > clue; \(Self.random) > $out")
        try store.realise(item)
        let hook = store.directory.file("hook")
        try Data(
            """
            #!/bin/sh
            cmp -s "$1" "$2" || echo "they differ"
            echo "$3"; cat "$4/clue"; exit 7
            """.utf8
        ).write(to: URL(filePath: hook + ".sh"))
        // Made by another process: what is open for writing here, children of other tests have open, too,
        // and then it cannot be started.
        let made = try ChildProcess(
            ["install", hook + ".sh", hook], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        #expect(made.status == 0, "\(made.error)")
        let message = try store.failure(104, "--check", "--diff-hook", hook, item.drv)
        #expect(message.contains("they differ\n\(item.drv)\nclue\n"))
        let missing = try store.failure(104, "--check", "--diff-hook", "/no/hook", item.drv)
        #expect(missing.contains("cannot start the diff hook '/no/hook'"))
    }

    @Test func statusesAreCombinedAndTheRestIsStillCompared() throws {
        var store = try StoreFixture()
        let random = try store.derive("random", "\(Self.random) > $out")
        let user = try store.derive("user", "cat \(random.output()) > $out", inputs: [random])
        let broken = try store.derive("broken", "exit 1")
        let file = store.directory.file("file")
        try Data("other".utf8).write(to: URL(filePath: file))
        let fetch = try store.fetch("fetch", ["file://" + file], .hash("text"))
        let message = try store.failure(
            100 | 102 | 104, "--check", "-k", random.drv, user.drv, broken.drv, fetch.drv)
        #expect(message.contains("'\(random.baseName)' may not be deterministic"))
        #expect(message.contains("same user: 2 builds"))
    }

    @Test func aFixedOutputIsFetchedAgainAndNotRepaired() throws {
        var store = try StoreFixture()
        let file = store.directory.file("file")
        try Data("text".utf8).write(to: URL(filePath: file))
        let fetch = try store.fetch("fetch", ["file://" + file], .hash("text"))
        try store.realise(fetch)
        // Damage is not what a check is for; the bytes are compared with what was registered.
        _ = unsafe chmod(store.real(fetch.output()), 0o644)
        try Data("evil".utf8).write(to: URL(filePath: store.real(fetch.output())))
        try store.succeed("realise", "--check", fetch.drv)
        #expect(try store.contents(fetch.output()) == "evil")
        try Data("other".utf8).write(to: URL(filePath: file))
        #expect(try store.failure(102, "--check", fetch.drv).contains("hash mismatch"))
        #expect(store.scratch() == [])
    }

    @Test func whatNothingMakesCannotBeChecked() throws {
        var store = try StoreFixture()
        let item = try store.derive("steady", "echo steady > $out")
        try store.realise(item)
        #expect(try store.failure(1, "--check", item.output()).contains("name its .drv"))
        let plan = try store.succeed("realise", "--check", "--dry-run", item.drv)
        #expect(plan.output.contains("to compare with what is valid"))
    }
}
