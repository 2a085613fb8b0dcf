import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Stores that somebody else can change, or that are made of something else than files and
/// directories, and what the umask of their makers does to them.
@Suite struct StoreOwnerTests {
    private let store: StoreFixture
    private let path: String

    init() throws {
        store = try StoreFixture(withTools: false)
        try store.directory.write("text", to: "file")
        path = try store.succeed("add", store.directory.file("file")).lines[0]
    }

    private func shell(_ script: String, at location: SourceLocation = #_sourceLocation) throws {
        let result = try ChildProcess(
            [
                "sh", "-euc", script, "sh", store.real("/nodeos/store"),
                store.real("/nodeos/var/nodeos"), store.binary, store.root,
            ],
            environment: store.environment
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)", sourceLocation: location)
    }

    private func asUser(_ arguments: String...) throws -> ChildProcess.Result {
        try ChildProcess(
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", store.binary]
                + ["--root", store.root] + arguments,
            environment: store.environment
        ).wait()
    }

    private func expectRefused(
        _ words: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let changed = try store.run("add", "--name", "other", store.directory.file("file"))
        #expect(changed.status == 1, sourceLocation: location)
        #expect(changed.error.contains(words), "\(changed.error)", sourceLocation: location)
        #expect(try store.run("gc").status == 1, sourceLocation: location)
        #expect(try store.run("db", "rebuild").status == 1, sourceLocation: location)
        // Questions are answered, with a warning.
        let asked = try store.run("query", "hash", path)
        #expect(asked.status == 0, "\(asked.error)", sourceLocation: location)
        #expect(asked.error.contains("warning: "), sourceLocation: location)
        #expect(asked.error.contains(words), "\(asked.error)", sourceLocation: location)
        let doctor = try store.run("doctor", "--json")
        #expect(doctor.status == 1, sourceLocation: location)
        #expect(doctor.output.contains(words), "\(doctor.output)", sourceLocation: location)
    }

    @Test(arguments: [
        "$1", "$1/.builds", "$2", "$2/db", "$2/db/db.sqlite", "$2/gcroots", "$2/gcroots/auto",
        "$2/temproots", "$2/registrations",
    ])
    func whatEverybodyMayChangeIsNotChanged(place: String) throws {
        try shell("chmod o+w \"\(place)\"")
        try expectRefused("every user can change what is in it")
        // SQLite gives the files beside a database its mode.
        try shell("chmod o-w \"\(place)\" \"$2\"/db/*")
        try store.succeed("gc")
    }

    @Test(arguments: ["$1", "$2", "$2/db/db.sqlite", "$2/gcroots"])
    func rootDoesNotChangeWhatIsSomebodyElses(place: String) throws {
        guard geteuid() == 0 else { try Test.cancel("only root gives files away") }
        try shell("chown 65534 \"\(place)\"")
        try expectRefused("belongs to user 65534, who can change what root would trust")
    }

    @Test func theirOwnersUseThem() throws {
        guard geteuid() == 0 else { try Test.cancel("only root gives files away") }
        try shell("chmod 755 \"${4%/*}\"; chown -hR 65534 \"$4\"")
        let result = try asUser("add", "/etc/hostname")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.isEmpty)
    }

    /// What administrators do, and what a copy of a store may look like.
    @Test(arguments: ["chmod 1775 \"$1\"", "chmod 700 \"$2\"", "chmod 755 \"$1/.builds\""])
    func otherModesAreFine(script: String) throws {
        try shell(script)
        let result = try store.succeed("add", "--name", "other", store.directory.file("file"))
        #expect(result.error.isEmpty)
        var status = stat()
        #expect(unsafe lstat(store.real("/nodeos/store/.builds"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700)
    }

    @Test(arguments: [
        ("$2/db/db.sqlite", "mkfifo", "named pipe"),
        ("$2/db/db.sqlite-wal", "mkfifo", "named pipe"),
        ("$2/db/db.sqlite", "mkdir", "directory"), ("$2/gc.lock", "mkfifo", "named pipe"),
        ("$2/db", "mkfifo", "named pipe"), ("$1/.builds", "touch", "file"),
        ("$2/gcroots", "touch", "file"),
    ])
    func whatIsNoFileIsNamed(place: String, tool: String, words: String) throws {
        try shell("rm -rf \"\(place)\"; \(tool) \"\(place)\"")
        for arguments in [["query", "hash", path], ["gc"], ["add", "/etc/hostname"], ["doctor"]] {
            let result = try store.start(arguments).wait(limit: 60)
            #expect(result.status == 1)
            #expect(
                (result.output + result.error).contains("is a \(words), and should be a"),
                "\(result.output)\(result.error)")
        }
    }

    @Test func aLogThatIsANamedPipeIsNotWaitedFor() throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo said; echo x > $out")
        try store.realise(item)
        let base = item.baseName
        let log = store.real(
            "/nodeos/var/nodeos/log/drvs/\(base.prefix(2))/\(base.dropFirst(2)).zst")
        #expect(unsafe unlink(log) == 0)
        #expect(unsafe mkfifo(log, 0o644) == 0)
        let result = try store.start(["log", item.drv]).wait(limit: 60)
        #expect(result.status == 1)
        #expect(result.error.contains("is no regular file"), "\(result.error)")
    }

    // MARK: The umask

    /// Hardened machines give root the umask 077; what it makes is for all.
    @Test func othersUseAStoreMadeUnderAStrictUmask() throws {
        guard geteuid() == 0 else { try Test.cancel("only root becomes another user") }
        try shell(
            """
            chmod 755 "${4%/*}"; chmod -R u+w "$4"; rm -r "$4"; umask 077
            "$3" --root "$4" add "${4%/*}/file" > /dev/null
            """)
        let result = try asUser("query", "hash", path)
        #expect(result.status == 0, "\(result.error)")
        #expect(try asUser("verify", "--check-contents").status == 0)
        let checked = try asUser("db", "check")
        #expect(checked.status == 0, "\(checked.output)\(checked.error)")
        #expect(try asUser("roots").status == 0)
        var status = stat()
        #expect(unsafe lstat(store.real("/nodeos/store/.builds"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o700)
    }

    /// What may not be read is not absent.
    @Test(arguments: ["$1", "$2", "$2/db", "${4}", "$2/db/db.sqlite"])
    func whatMayNotBeReadIsNotAbsent(place: String) throws {
        guard geteuid() == 0 else { try Test.cancel("only root becomes another user") }
        try shell("chmod 755 \"${4%/*}\"; chmod go-rwx \"\(place)\"")
        for arguments in [["query", "hash", path], ["roots"], ["gc"]] {
            let result = try ChildProcess(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", store.binary]
                    + ["--root", store.root] + arguments,
                environment: store.environment
            ).wait()
            #expect(result.status == 1)
            #expect(result.error.contains("Permission denied"), "\(result.error)")
            #expect(!result.error.contains("no store"), "\(result.error)")
        }
    }

    // MARK: noexec

    @Test func noexecIsNamed() throws {
        var store = try StoreFixture()
        let item = try store.derive("item", "echo x > $out")
        let script = """
            mount --bind "$1" "$1"; mount -o remount,bind,noexec "$1"
            status=0; "$2" --root "$1" realise "$3" || status=$?
            echo "status $status"
            "$2" --root "$1" doctor || true
            """
        let result = try store.inNamespace(script, [item.drv])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines.first == "status 1")
        #expect(result.error.contains("mounted noexec"), "\(result.error)")
        #expect(result.output.contains("is mounted noexec: no builder"), "\(result.output)")
    }
}
