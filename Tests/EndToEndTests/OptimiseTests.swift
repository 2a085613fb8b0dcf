import Foundation
import Glibc
import TestSupport
import Testing

/// Identical files share their bytes (`docs/decisions/0007-sharing-bytes.md`).
@Suite(.timeLimit(.minutes(40))) struct OptimiseTests {
    private let store: StoreFixture
    private let paths: [String]

    init() throws {
        store = try StoreFixture(withTools: false)
        var paths: [String] = []
        for name in ["a", "b", "c"] {
            let tree = store.directory.file(name)
            try Self.run(
                """
                mkdir -p "$1/d"; cd "$1"; head -c 50000 /dev/zero > big; cp big d/twin
                cp big program; chmod 755 program; echo "$2" > own; : > empty; ln -s big link
                """, tree, name)
            paths.append(try store.succeed("add", tree).lines[0])
        }
        self.paths = paths
    }

    private static func run(
        _ script: String, _ arguments: String..., at location: SourceLocation = #_sourceLocation
    ) throws {
        let result = try ChildProcess(
            ["sh", "-euc", script, "sh"] + arguments,
            environment: ["PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        ).wait()
        #expect(result.status == 0, "\(script): \(result.error)", sourceLocation: location)
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        guard unsafe lstat(store.real(path), &status) == 0 else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        return status
    }

    /// Whether two files share their bytes by being one; a file system with clones keeps two.
    private func isOne(_ first: String, _ second: String) throws -> Bool {
        try status(first).st_ino == status(second).st_ino
    }

    private func expectWhole(at location: SourceLocation = #_sourceLocation) throws {
        let result = try store.run("verify", "--check-contents")
        #expect(result.status == 0, "\(result.output)", sourceLocation: location)
        for path in paths {
            for directory in [path, path + "/d"] {
                let status = try status(directory)
                #expect(status.st_mode & 0o7777 == 0o555, sourceLocation: location)
                #expect(status.st_mtim.tv_sec == 1, sourceLocation: location)
            }
        }
    }

    private func json(_ arguments: String...) throws -> [String: Int] {
        let result = try store.start(["optimise", "--json"] + arguments).wait()
        #expect(result.status == 0, "\(result.error)")
        return try JSONDecoder().decode([String: Int].self, from: Data(result.output.utf8))
    }

    @Test func identicalFilesShareTheirBytes() throws {
        // 6 plain and 3 executable files of 50000 bytes; one of each stays.
        let expected = ["files": 12, "shared": 7, "bytes": 350_000]
        let dry = try json("--dry-run")
        #expect(dry.filter { expected[$0.key] != nil } == expected)
        #expect(!FileManager.default.fileExists(atPath: store.real("/nodeos/store/.links")))
        let done = try json()
        #expect(done.filter { expected[$0.key] != nil } == expected)
        try expectWhole()
        let again = try json()
        #expect(again["shared"] == 0 && again["bytes"] == 0)
        #expect(try json("--dry-run")["bytes"] == 0)
        if try isOne(paths[0] + "/big", paths[1] + "/d/twin") {
            #expect(try !isOne(paths[0] + "/big", paths[0] + "/program"))
            #expect(try status(paths[0] + "/program").st_mode & 0o7777 == 0o555)
        }
    }

    @Test func newPathsCanBeOptimisedAtOnce() throws {
        try store.succeed("optimise")
        try store.succeed("optimise", "--automatic", "on")
        let tree = store.directory.file("later")
        try Self.run("mkdir \"$1\"; head -c 50000 /dev/zero > \"$1/big\"", tree)
        let later = try store.succeed("add", tree).lines[0]
        try expectWhole()
        #expect(try json("--dry-run")["bytes"] == 0)
        try store.succeed("optimise", "--automatic", "off")
        try Self.run("cp \"$1/big\" \"$1/more\"", tree)
        try store.succeed("add", tree)
        #expect(try json("--dry-run")["bytes"] == 100_000)
        _ = later
    }

    /// Damage in one file is damage in all paths that share it; one source repairs them all.
    @Test func damageInASharedFileIsRepairedEverywhere() throws {
        try store.succeed("optimise")
        guard try isOne(paths[0] + "/big", paths[1] + "/big") else {
            try Test.cancel("this file system has clones: nothing is one file")
        }
        let backup = store.directory.file("backup")
        try Self.run(
            """
            mkdir "$3"; cp -a "$1" "$3"; chmod u+w "$2/big"; echo evil > "$2/big"; chmod a-w "$2/big"
            """, store.real(paths[2]), store.real(paths[0]), backup)
        let found = try store.run("verify", "--check-contents")
        #expect(found.status == 1)
        #expect(found.lines.count { $0.hasPrefix("altered: ") } == 3)
        let result = try store.run(
            "verify", "--check-contents", "--repair", "--from", backup)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("with a file that it shares"))
        try expectWhole()
        // The damaged file, which is still the entry, spreads no more.
        let report = try json()
        #expect(report["damagedLinks"] == 1)
        try expectWhole()
    }

    @Test(arguments: [
        "echo x >> \"$1\"", "printf x | dd of=\"$1\" conv=notrunc", "rm \"$1\"; mkdir \"$1\"",
    ])
    func aDamagedEntryIsNotUsed(damage: String) throws {
        try store.succeed("optimise")
        let links = store.real("/nodeos/store/.links")
        for name in try FileManager.default.contentsOfDirectory(atPath: links) {
            let copy = try Data(contentsOf: URL(filePath: links + "/" + name))
            try Self.run("rm -rf \"$1\"", links + "/" + name)
            try copy.write(to: URL(filePath: links + "/" + name))
            try Self.run(
                "\(damage) 2>/dev/null; chmod 444 \"$1\"; touch -d @1 \"$1\"", links + "/" + name)
        }
        let tree = store.directory.file("later")
        try Self.run(
            "mkdir \"$1\"; head -c 50000 /dev/zero > \"$1/big\"; cp \"$1/big\" \"$1/more\"", tree)
        try store.succeed("add", tree)
        try store.succeed("optimise")
        try expectWhole()
    }

    /// A file system lets a file have only so many names; ext4 65 000.
    @Test func aFileWithAllItsNames() throws {
        try store.succeed("optimise")
        guard try isOne(paths[0] + "/big", paths[1] + "/big") else {
            try Test.cancel("this file system has clones: nothing is one file")
        }
        let names = store.directory.file("names")
        try FileManager.default.createDirectory(atPath: names, withIntermediateDirectories: true)
        var number = 0
        while number < 70_000, unsafe link(store.real(paths[0] + "/big"), "\(names)/\(number)") == 0
        {
            number += 1
        }
        guard number < 70_000, errno == EMLINK else {
            try Test.cancel("this file system lets a file have any number of names")
        }
        func add(_ name: String) throws -> String {
            let tree = store.directory.file(name)
            try Self.run("mkdir \"$1\"; head -c 50000 /dev/zero > \"$1/big\"", tree)
            try Self.run("echo \"$2\" > \"$1/own\"", tree, name)
            return try store.succeed("add", tree).lines[0]
        }
        let later = [try add("later"), try add("latest")]
        let report = try json()
        #expect(report["fullLinks"] == 1 && report["shared"] == 1)
        #expect(try isOne(later[0] + "/big", later[1] + "/big"))
        #expect(try !isOne(later[0] + "/big", paths[0] + "/big"))
        try expectWhole()
        let again = try json()
        #expect(again["shared"] == 0 && again["fullLinks"] == 0)
    }

    @Test func collectionsRemoveUnusedEntries() throws {
        try store.succeed("optimise")
        try store.succeed("gc")
        let links = store.real("/nodeos/store/.links")
        #expect(try FileManager.default.contentsOfDirectory(atPath: links).isEmpty)
    }

    /// Killed at any moment, and beside another of its kind, nothing is lost.
    @Test func killedRunsLeaveNothingBehind() throws {
        for delay in [1, 3, 6, 10, 15, 20, 30, 50] {
            let runs = try (0..<2).map { _ in try store.start(["optimise"]) }
            usleep(UInt32(delay) * 1000)
            runs[0].send(SIGKILL)
            for run in runs { _ = try run.wait() }
            let result = try store.run("verify", "--check-contents")
            #expect(result.status == 0, "\(result.output)")
        }
        try store.succeed("optimise")
        try expectWhole()
        #expect(try json("--dry-run")["bytes"] == 0)
    }
}
