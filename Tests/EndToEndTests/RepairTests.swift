import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Damage in valid paths, found and made whole.
@Suite(.timeLimit(.minutes(40))) struct RepairTests {
    private var store: StoreFixture
    private let library: StoreFixture.Item
    private let program: StoreFixture.Item

    init() throws {
        store = try StoreFixture()
        library = try store.derive(
            "library", "mkdir -p $out/lib; echo lib > $out/lib/a; ln -s a $out/lib/b")
        program = try store.derive(
            "program", "mkdir $out $dev; echo \(library.output()) > $out/p; echo dev > $dev/d",
            inputs: [library], outputs: ["out", "dev"])
        try store.realise(program)
    }

    private func shell(_ script: String, _ arguments: String...) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh"] + arguments, environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)")
    }

    private func damage(_ path: String) throws {
        try shell(
            """
            if [ -d "$1" ]; then chmod -R u+w "$1"; echo evil > "$1/evil"
            else chmod u+w "$1"; echo evil > "$1"; fi
            """, store.real(path))
    }

    /// The findings but for the metadata that the damaging changed, too.
    private static func damage(in result: ChildProcess.Result) -> Int {
        result.lines.count { !$0.hasPrefix("metadata: ") }
    }

    private func remove(_ path: String) throws {
        try shell("chmod -R u+w \"$1\"; rm -r \"$1\"", store.real(path))
    }

    private func expectWhole(at location: SourceLocation = #_sourceLocation) throws {
        let result = try store.run("verify", "--check-contents")
        #expect(result.status == 0, "\(result.output)\(result.error)", sourceLocation: location)
        #expect(result.output.isEmpty, sourceLocation: location)
        #expect(store.scratch().isEmpty, sourceLocation: location)
    }

    @Test func outputsAreBuiltAgain() throws {
        let before = try store.succeed("query", "hash", program.output()).output
        try damage(library.output())
        try remove(program.output("dev"))
        try damage(program.output())
        let found = try store.run("verify", "--check-contents")
        #expect(found.status == 1)
        #expect(Self.damage(in: found) == 3, "\(found.output)")
        let result = try store.run("verify", "--check-contents", "--repair")
        #expect(result.status == 0, "\(result.error)")
        #expect(Self.damage(in: result) == 3)
        #expect(result.error.contains("\(library.output()): repaired by building it again"))
        #expect(result.error.contains("3 repaired, 0 left"))
        try expectWhole()
        #expect(try store.contents(library.output() + "/lib/a") == "lib\n")
        #expect(try store.succeed("query", "hash", program.output()).output == before)
        var status = stat()
        #expect(unsafe lstat(store.real(library.output()), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o555 && status.st_mtim.tv_sec == 1)
    }

    /// A missing path is found without reading all others.
    @Test func missingPathsNeedNoReading() throws {
        try remove(library.output())
        #expect(try store.run("verify").lines.count == 1)
        try store.succeed("verify", "--repair")
        try expectWhole()
    }

    @Test func realiseRepairsWhatItIsAskedFor() throws {
        try damage(library.output())
        try store.realise(program)
        #expect(try store.run("verify", "--check-contents").status == 1)
        let result = try store.succeed("realise", "--repair", program.drv + "!out")
        #expect(result.lines == [program.output()])
        try expectWhole()
    }

    /// What nothing here can make, such as an added tree or a `.drv`, comes from another store.
    @Test func anotherStoreHelps() throws {
        let backup = store.directory.file("backup")
        try shell("cp -a \"$1/nodeos/store\" \"$2\"", store.root, backup)
        try damage(store.tools)
        try damage(program.drv)
        try remove(library.drv)
        let result = try store.run("verify", "--check-contents", "--repair")
        #expect(result.status == 1)
        #expect(result.error.contains("cannot be made again"), "\(result.error)")
        #expect(result.error.contains("0 repaired, 3 left"))
        // A source that lies gives nothing.
        try shell("chmod u+w \"$1\"; echo evil > \"$1\"", backup + "/" + program.baseName)
        let partly = try store.run("verify", "--check-contents", "--repair", "--from", backup)
        #expect(partly.status == 1)
        #expect(partly.error.contains("2 repaired, 1 left"), "\(partly.error)")
        try shell(
            "printf %s \"$2\" > \"$1\"", backup + "/" + program.baseName,
            String(decoding: program.text, as: UTF8.self))
        let result2 = try store.run("verify", "--check-contents", "--repair", "--from", backup)
        #expect(result2.status == 0, "\(result2.error)")
        try expectWhole()
    }

    @Test func aSourceThatIsNoneIsAnError() throws {
        try damage(program.output())
        let missing = store.directory.file("missing")
        for source in [missing, "/etc/passwd"] {
            let result = try store.run("verify", "--check-contents", "--repair", "--from", source)
            #expect(result.status == 1)
            #expect(result.error.contains("'\(source)'"), "\(result.error)")
        }
        #expect(try store.succeed("realise", "--repair", program.drv).status == 0)
        try expectWhole()
    }

    /// The texts and derivations of recipes are in the program.
    @Test func recipesAreWrittenAnew() throws {
        let drv = try store.succeed("instantiate", "barebones-preview").lines[0]
        try damage(drv)
        let script = try store.succeed("query", "requisites", drv).lines
            .first { $0.hasSuffix("setup.sh") }
        try remove(try #require(script))
        let result = try store.succeed("verify", "--check-contents", "--repair")
        #expect(result.error.contains("2 repaired, 0 left"))
        #expect(result.error.contains("from the recipes of this program"))
        try expectWhole()
    }

    @Test func aDownloadIsFetchedAgainAndMustBeRight() throws {
        var store = store
        let file = try store.directory.write("the right bytes", to: "file")
        let fetch = try store.fetch("file", ["file://" + file], .hash("the right bytes"))
        try store.realise(fetch)
        try damage(fetch.output())
        try store.directory.write("others of the same", to: "file")
        let wrong = try store.run("verify", "--check-contents", "--repair")
        #expect(wrong.status == 1)
        #expect(wrong.error.contains("1 left"))
        #expect(try store.contents(fetch.output()) == "evil\n")
        try store.directory.write("the right bytes", to: "file")
        try store.succeed("verify", "--check-contents", "--repair")
        #expect(try store.contents(fetch.output()) == "the right bytes")
        try expectWhole()
    }

    /// A build that gives something else every time is repaired all the same; what is registered
    /// is what is there.
    @Test func contentsOfABuildMayChange() throws {
        var store = store
        let random = try store.derive("random", "cat /proc/sys/kernel/random/uuid > $out")
        try store.realise(random)
        try remove(random.output())
        let result = try store.succeed("verify", "--repair")
        #expect(result.error.contains("its contents are others than before"), "\(result.error)")
        try expectWhole()
        #expect(try store.succeed("db", "check").output.isEmpty)
    }

    @Test func forgedRowsOfADerivationAreWrittenAnew() throws {
        let sqlite = try ChildProcess(
            [
                "sqlite3", store.real("/nodeos/var/nodeos/db/db.sqlite"),
                "UPDATE derivation_output SET name = 'x' WHERE name = 'dev'",
            ], environment: store.environment)
        guard try sqlite.wait().status == 0 else { try Test.cancel("sqlite3 is not installed") }
        #expect(try store.run("verify").status == 1)
        try store.succeed("verify", "--repair")
        try expectWhole()
    }
}
