import Foundation
import Glibc
import StoreModel
import TestSupport
import Testing

/// A thousand roots, very many files, names as long as the kernel takes, little memory: each is
/// done, or ends in a clear sentence, and the store is whole afterwards.
@Suite(.timeLimit(.minutes(40))) struct LimitsTests {
    /// How many files a tree of many has: a million with NODEOS_TEST_FILES=1000000.
    private static let manyFiles =
        ProcessInfo.processInfo.environment["NODEOS_TEST_FILES"].flatMap { Int($0) } ?? 10_000

    private func isWhole(_ store: StoreFixture) throws -> Bool {
        let result = try store.start(["verify", "--check-contents"]).wait(limit: 1500)
        #expect(result.status == 0, "\(result.output)\(result.error)")
        return result.status == 0
    }

    /// How many roots are made: with NODEOS_TEST_ROOTS=100000 very many.
    private static let manyRoots =
        ProcessInfo.processInfo.environment["NODEOS_TEST_ROOTS"].flatMap { Int($0) } ?? 1000

    @Test func manyRoots() throws {
        let store = try StoreFixture(withTools: false)
        let files = try (0..<1200).map { number in
            try store.directory.write("text \(number)", to: "texts/\(number)")
            return store.directory.file("texts/\(number)")
        }
        let paths = try store.start(["add"] + files).wait().lines
        #expect(paths.count == 1200)
        let roots = store.real("/nodeos/var/nodeos/gcroots/many")
        try FileManager.default.createDirectory(atPath: roots, withIntermediateDirectories: true)
        for number in 0..<Self.manyRoots {
            try FileManager.default.createSymbolicLink(
                atPath: "\(roots)/\(number)", withDestinationPath: paths[number % 1000])
        }
        #expect(try store.succeed("roots").lines.count == Self.manyRoots)
        #expect(try store.succeed("gc").lines.count == 200)
        #expect(try store.isValid(paths[0]) && store.isValid(paths[999]))
        #expect(try !store.isValid(paths[1000]))
        #expect(try isWhole(store))
    }

    /// Made by a builder, registered, verified, exported, collected: with 64 MiB for what the
    /// program allocates.
    @Test func manySmallFilesInLittleMemory() throws {
        var store = try StoreFixture()
        let directories = max(1, Self.manyFiles / 1000)
        let item = try store.derive(
            "many",
            """
            mkdir $out
            for d in $(seq \(directories)); do
                mkdir $out/$d
                for f in 0 1 2 3 4 5 6 7 8 9; do for g in 0 1 2 3 4 5 6 7 8 9; do
                    for h in 0 1 2 3 4 5 6 7 8 9; do echo $f$g$h > $out/$d/$f$g$h; done
                done; done
            done
            """)
        func small(_ arguments: String) throws -> ChildProcess.Result {
            try ChildProcess(
                [
                    "/bin/sh", "-c", "ulimit -d 65536; exec \"$0\" --root \"$1\" \(arguments)",
                    store.binary, store.root,
                ], environment: store.environment
            ).wait(limit: 1500)
        }
        let archive = store.directory.file("many.export")
        for arguments in [
            "realise \(item.drv)", "verify --check-contents",
            "dump \(store.real(item.output())) > \(archive)",
            "export \(item.output()) > \(archive)", "gc --dry-run",
        ] {
            let result = try small(arguments)
            #expect(result.status == 0, "\(arguments): \(result.error)")
        }
        #expect(try isWhole(store))
        let result = try small("gc")
        #expect(result.status == 0, "\(result.error)")
        #expect(try !store.isValid(item.output()))
        #expect(store.scratch() == [])
        #expect(try store.strays() == [])
    }

    /// Where no thread can be had, the library that runs tasks would wait for one for ever.
    @Test func noMemoryForThreads() throws {
        let store = try StoreFixture(withTools: false)
        try store.directory.write("text", to: "text")
        try store.succeed("add", store.directory.file("text"))
        for kibibytes in [8000, 12_000, 20_000, 26_000, 30_000, 34_000] {
            let script = "ulimit -s 8192; ulimit -d \(kibibytes); exec \"$0\" --root \"$1\" verify"
            let result = try ChildProcess(
                ["/bin/sh", "-c", script + " --check-contents", store.binary, store.root],
                environment: store.environment
            ).wait(limit: 600)
            #expect(
                result.status == 0 || result.error.contains("cannot start a thread")
                    || result.error.contains("error while loading shared libraries"),
                "\(kibibytes): \(result.error)")
        }
        #expect(try isWhole(store))
    }

    /// More than Linux takes as the name of one thing, and as a whole.
    @Test(arguments: [300, 4096, 100_000]) func namesThatAreTooLong(count: Int) throws {
        let store = try StoreFixture(withTools: false)
        let directory = "/" + String(repeating: "d/", count: count / 2 - 1)
        let name = "/" + String(repeating: "n", count: count - 1)
        for long in count < 4096 ? [name] : [name, directory + "x"] {
            for arguments in [
                ["add", long], ["hash", long], ["realise", long], ["query", "hash", long],
                ["--root", long, "add", store.directory.path],
                ["derivation", "add", long], ["--store-dir", long, "roots"],
            ] {
                let result = try store.start(arguments).wait()
                #expect(result.status == 1, "\(arguments.prefix(2)): \(result.error.prefix(200))")
                #expect(result.error.hasPrefix("error: "))
                #expect(result.output.isEmpty)
            }
        }
        try store.directory.write("text", to: "text")
        try store.succeed("add", store.directory.file("text"))
        #expect(try isWhole(store))
    }
}
