import Foundation
import Glibc
import TestSupport
import Testing

/// A database that is lost or damaged, made again from what lies in the store.
@Suite(.timeLimit(.minutes(40))) struct DatabaseTests {
    private var store: StoreFixture
    private let first: StoreFixture.Item
    private let second: StoreFixture.Item
    private let database: String
    private let registrations: String

    init() throws {
        store = try StoreFixture()
        first = try store.derive("first", "echo 1 > $out")
        second = try store.derive("second", "echo \(first.output()) > $out", inputs: [first])
        database = store.real("/nodeos/var/nodeos/db/db.sqlite")
        registrations = store.real("/nodeos/var/nodeos/registrations")
        try store.realise(second)
    }

    /// What is known of every valid path, as questions answer it, but `keys`. Builds are only in
    /// the database.
    private func everything(but keys: Set<String> = []) throws -> [String] {
        let paths = try store.succeed("query", "requisites", second.drv, "--include-outputs")
        let answer = try store.start(["query", "info", "--json"] + paths.lines).wait()
        let infos = try #require(
            JSONSerialization.jsonObject(with: Data(answer.output.utf8))
                as? [String: [String: Any]])
        return infos.flatMap { path, info in
            info.filter { $0.key != "builds" && !keys.contains($0.key) }
                .map { "\(path) \($0.key): \($0.value)" }
        }.sorted()
    }

    private func registration(_ path: String) -> String {
        registrations + "/\(path.dropFirst("/nodeos/store/".count).prefix(32)).narinfo"
    }

    @Test(arguments: [
        "rm db.sqlite*", "echo no database > db.sqlite", ": > db.sqlite; rm -f *-wal",
    ])
    func aLostDatabaseIsMadeAgain(damage: String) throws {
        let before = try everything()
        try store.succeed("db", "check")
        try shell("cd \"$1/../db\"; \(damage)", registrations)
        for command in [["realise", second.drv], ["gc"], ["query", "info", second.drv]] {
            let result = try store.start(command).wait()
            #expect(result.status == 1)
            #expect(result.error.contains("db rebuild"), "\(result.error)")
        }
        let dry = try store.succeed("db", "rebuild", "--dry-run")
        #expect(dry.output.isEmpty)
        #expect(try store.run("query", "info", second.drv).status == 1)
        let result = try store.succeed("db", "rebuild")
        #expect(result.error.contains("5 paths restored: 5 from their registrations"))
        #expect(try everything() == before)
        #expect(try store.succeed("verify", "--check-contents").output.isEmpty)
        #expect(try store.succeed("db", "check").output.isEmpty)
        #expect(try store.succeed("realise", second.drv).error.isEmpty)
        #expect(try store.succeed("query", "outputs", second.drv).lines == [second.output()])
    }

    /// A database that a lost log leaves without tables is not taken for a new one.
    @Test func aDatabaseWithoutTablesIsLost() throws {
        let sqlite = try? ChildProcess(
            ["sqlite3", database + ".empty", "PRAGMA journal_mode = WAL; VACUUM"],
            environment: store.environment
        ).wait()
        guard sqlite?.status == 0 else { try Test.cancel("sqlite3 is not installed") }
        try shell("cd \"$1/../db\"; mv db.sqlite.empty db.sqlite; rm -f *-wal", registrations)
        #expect(try store.run("gc").error.contains("db rebuild"))
        try store.succeed("db", "rebuild")
        try store.succeed("verify", "--check-contents")
    }

    /// Items that are named like what a store itself leaves in its directory, and nearly
    /// empty as that is.
    @Test func itemsWithNamesOfLocksAndTemporaryFiles() throws {
        let names = [
            "Cargo.lock", ".lock", "x.lock.lock", "a.tmp", "b-tmp", "c.check", "d.chroot",
            "e.links",
            "f.partial", "g.narinfo", "h.old", "i.log.zst",
        ]
        var paths: [String] = []
        for name in names {
            for contents in ["", "d"] {
                try store.directory.write(contents, to: "items/\(name)")
                paths += try store.succeed("add", store.directory.file("items/\(name)")).lines
            }
        }
        for (index, path) in paths.enumerated() {
            try store.succeed("realise", path, "--add-root", store.directory.file("keep-\(index)"))
        }
        func expectAll(_ moment: Comment) throws {
            try store.succeed("gc")
            for path in paths {
                #expect(try store.isValid(path), "\(moment): \(path)")
                #expect(FileManager.default.fileExists(atPath: store.real(path)), moment)
            }
        }
        try shell("rm \"$1/../db/\"*", registrations)
        try store.succeed("db", "rebuild")
        try expectAll("by their registrations")
        // Whatever became of the mode.
        try shell("chmod u+w \"$1\"", store.real(paths[0]))
        try shell("rm \"$1/../db/\"*", registrations)
        try store.succeed("db", "rebuild")
        try expectAll("writable")
        try shell("chmod 444 \"$1\"", store.real(paths[0]))
        try shell("rm \"$1/../db/\"*; rm -r \"$1\"", registrations)
        _ = try store.run("db", "rebuild")
        try expectAll("by what their names prove")
        // The lock of an item is none.
        try shell("touch \"$1.lock\"; chmod 600 \"$1.lock\"", store.real(paths[0]))
        try shell("rm \"$1/../db/\"*", registrations)
        #expect(try store.run("db", "rebuild").output.isEmpty)
        try expectAll("beside a lock")
        #expect(!FileManager.default.fileExists(atPath: store.real(paths[0]) + ".lock"))
    }

    /// The state directory is gone, or the store is older than registrations.
    @Test func whatProvesItselfNeedsNoRegistration() throws {
        let forgotten: Set = ["registrationTime", "ultimate"]
        let before = try everything(but: forgotten)
        try shell("rm -r \"$1/../db\" \"$1\"", registrations)
        let result = try store.run("db", "rebuild", "--json")
        #expect(result.status == 1)
        #expect(result.error.contains("3 proven by themselves"), "\(result.error)")
        #expect(result.output.contains("nothing proves its contents"))
        #expect(try !store.isValid(first.output()))
        #expect(try store.isValid(second.drv) && store.isValid(store.tools))
        // They are built again and are what they were.
        try store.realise(second)
        #expect(try everything(but: forgotten) == before)
    }

    @Test func contentsCanBeTakenAsTheyAre() throws {
        try shell("rm -r \"$1/../db\" \"$1\"", registrations)
        let result = try store.succeed("db", "rebuild", "--infer")
        #expect(result.error.contains("3 proven by themselves, 2 as they are"), "\(result.error)")
        #expect(
            try store.succeed("query", "references", second.output()).lines == [first.output()])
        #expect(try store.succeed("query", "deriver", second.output()).lines == [second.drv])
        #expect(try store.succeed("db", "check").output.isEmpty)
    }

    /// What a power cut leaves of a file.
    @Test(arguments: [
        "truncate -s 0", "truncate -s 100", "truncate -s -1", "truncate -s -20", "sed -i '$d'",
    ])
    func aTornRegistrationIsNoticed(tear: String) throws {
        try shell("\(tear) \"$1\"", registration(second.output()))
        let check = try store.run("db", "check")
        #expect(check.status == 1)
        #expect(check.lines.count == 1)
        #expect(check.output.contains("damaged"))
        try shell("rm \"$1/../db/\"*", registrations)
        let result = try store.run("db", "rebuild")
        #expect(result.status == 1)
        #expect(result.lines.count == 1)
        #expect(result.lines.first?.contains(second.output()) == true)
        #expect(try store.isValid(first.output()))
    }

    /// A whole registration under the name of another path's.
    @Test func aRegistrationOfAnotherPathIsNoticed() throws {
        try shell("cp '\(registration(first.output()))' \"$1\"", registration(second.output()))
        let check = try store.run("db", "check")
        #expect(check.status == 1)
        #expect(check.lines.count == 1)
        #expect(check.output.contains("it is of another path"), "\(check.output)")
        try shell("rm \"$1/../db/\"*", registrations)
        let result = try store.run("db", "rebuild")
        #expect(result.status == 1)
        #expect(result.lines.first?.contains(second.output()) == true)
        #expect(try store.isValid(first.output()))
    }

    @Test func registrationsAreWrittenAnewFromTheDatabase() throws {
        try shell("rm \"$1\"", registration(first.output()))
        try shell("sed -i 's/^NarSize: .*/NarSize: 1/' \"$1\"", registration(second.output()))
        let check = try store.run("db", "check")
        #expect(check.status == 1)
        #expect(check.lines.count == 2)
        #expect(check.output.contains("differ in: NAR size"))
        #expect(try store.run("db", "check", "--repair").status == 0)
        #expect(try store.run("db", "check").output.isEmpty)
    }

    /// Neither a database nor a registration that lies about a derivation is believed.
    @Test func derivationsSayWhatTheyReferTo() throws {
        let before = try everything()
        let forged = try? ChildProcess(
            [
                "sqlite3", database,
                "DELETE FROM reference WHERE referrer IN (SELECT id FROM path WHERE base_name = "
                    + "'\(second.baseName)')",
            ], environment: store.environment
        ).wait()
        guard forged?.status == 0 else { try Test.cancel("sqlite3 is not installed") }
        let found = try store.run("verify")
        #expect(found.status == 1)
        #expect(found.lines.count == 1)
        #expect(found.output.hasPrefix("database: \(second.drv): "))
        #expect(
            found.output.contains(
                "only in the text: input \([first.drv, store.tools].sorted()[0]), input "),
            "\(found.output)")
        // What a registration says of it is left alone until the database is right.
        for _ in 0..<2 {
            let check = try store.run("db", "check", "--repair")
            #expect(check.status == 1)
            #expect(check.output.hasPrefix("database: "), "\(check.output)")
        }
        #expect(try store.succeed("verify", "--repair").error.contains("1 repaired, 0 left"))
        for question in [["verify", "--check-contents"], ["db", "check"]] {
            #expect(try store.start(question).wait().output.isEmpty)
        }
        #expect(try everything() == before)
        try shell("sed -i 's/^References: .*/References: /' \"$1\"", registration(second.drv))
        try shell("rm \"$1/../db/\"*", registrations)
        try store.succeed("db", "rebuild")
        #expect(try everything() == before)
        #expect(try store.succeed("db", "check").output.isEmpty)
    }

    /// Whatever the registrations say, no altered path becomes valid by them.
    @Test func whatWasAlteredIsNotRestored() throws {
        for item in [first, second] {
            try shell("chmod u+w \"$1\"; echo x >> \"$1\"", store.real(item.output()))
        }
        try shell("rm \"$1/../db/\"*", registrations)
        let result = try store.run("db", "rebuild")
        #expect(result.status == 1)
        // Nothing refers to the second: it may never have been valid. The first was.
        #expect(try !store.isValid(second.output()))
        #expect(result.output.contains("lost: \(second.output()): its contents changed"))
    }

    @Test func whatRefersToALostPathIsLostToo() throws {
        try shell("rm -f \"$1\"", store.real(first.output()))
        try shell("rm \"$1/../db/\"*", registrations)
        let result = try store.run("db", "rebuild")
        #expect(result.status == 1)
        #expect(result.lines.count == 2, "\(result.output)")
        #expect(result.output.contains("lost: \(second.output()): it refers to '"))
        #expect(try !store.isValid(second.output()))
        #expect(try store.isValid(first.drv) && store.isValid(second.drv))
    }

    /// What only the database knows goes with it into the new one, as long as it can be read.
    @Test func aDatabaseThatCanBeReadLosesNothing() throws {
        func builds() throws -> String {
            try store.succeed("query", "info", second.output()).lines
                .filter { $0.hasPrefix("build: ") }.joined()
        }
        let before = try builds()
        #expect(before.contains("succeeded"))
        let result = try store.succeed("db", "rebuild")
        #expect(!result.error.contains("lost"), "\(result.error)")
        #expect(try builds() == before)
    }

    @Test func nobodyElseMayUseTheStoreMeanwhile() throws {
        var store = store
        let slow = try store.derive("slow", "sleep 1000")
        let build = try store.start(["realise", slow.drv])
        while !store.hasProcess("sleep 1000") { usleep(20_000) }
        let result = try store.run("db", "rebuild")
        #expect(result.status == 1)
        #expect(result.error.contains("another process uses the store"))
        build.send(SIGTERM)
        _ = try build.wait()
        try store.succeed("db", "rebuild")
    }

    @Test func collectedPathsLeaveNoRegistration() throws {
        try shell("echo x > \"$1/00000000000000000000000000000000.narinfo\"", registrations)
        try store.succeed("gc")
        #expect(try FileManager.default.contentsOfDirectory(atPath: registrations).isEmpty)
    }

    /// A store that an older program made gets its registrations when it is first written to.
    @Test func olderStoresGetRegistrations() throws {
        try shell("rm -r \"$1\"", registrations)
        try store.succeed("realise", second.drv)
        #expect(try store.succeed("db", "check").output.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: registrations).count == 5)
    }

    private func shell(_ script: String, _ argument: String) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh", argument], environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)")
    }
}
