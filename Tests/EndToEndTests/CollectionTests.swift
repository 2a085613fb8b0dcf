import Foundation
import Glibc
import TestSupport
import Testing

/// Collections that are killed, and that run beside builds.
@Suite(.timeLimit(.minutes(40))) struct CollectionTests {
    /// Whenever it dies, what is valid is whole, and the next collection removes the
    /// rest.
    @Test func aKilledCollectionIsDoneByTheNext() throws {
        let store = try StoreFixture(withTools: false)
        let files = FileManager.default
        let trees = try (0..<12).map { number in
            for file in 0..<60 {
                try store.directory.write("\(number) \(file)", to: "tree-\(number)/d/\(file)")
            }
            return store.directory.file("tree-\(number)")
        }
        for round in 0..<8 {
            for tree in trees { try store.succeed("add", tree) }
            let running = try store.start(["gc"])
            usleep(UInt32(20_000 + 15_000 * round))
            running.send(SIGKILL)
            _ = try running.wait()
            let verified = try store.run("verify", "--check-contents")
            #expect(verified.status == 0, "\(verified.output)")
            try store.succeed("gc")
            #expect(store.scratch() == [])
            #expect(
                try files.contentsOfDirectory(atPath: store.real("/nodeos/store"))
                    .filter { !$0.hasPrefix(".") } == [])
        }
    }

    /// Whoever exchanges directories for links while they are deleted leads the
    /// collector nowhere.
    @Test func aDeletionBesideOnesWhoSwap() throws {
        let store = try StoreFixture(withTools: false)
        let victim = store.directory.file("victim")
        for file in 0..<50 { try store.directory.write("\(file)", to: "victim/\(file)") }
        for round in 0..<6 {
            for directory in 0..<40 {
                for file in 0..<10 {
                    try store.directory.write("\(round)", to: "tree/\(directory)/\(file)")
                }
            }
            let path = store.real(try store.succeed("add", store.directory.file("tree")).lines[0])
            let script = "chmod -R u+w \"$0\""
            _ = try ChildProcess(["sh", "-c", script, path], environment: store.environment).wait()
            let running = try store.start(["gc"])
            // The collector takes the tree elsewhere before it deletes: follow it there. By names:
            // what somebody has open is kept.
            var number = 0
            while FileManager.default.fileExists(atPath: path) || !store.scratch().isEmpty,
                number < 20_000
            {
                for place in [path] + trees(in: store) {
                    let name = "\(place)/\(number % 40)"
                    guard unsafe rename(name, name + ".old") == 0 else { continue }
                    unsafe symlink(victim, name)
                    unsafe unlink(name)
                    unsafe rename(name + ".old", name)
                }
                number += 1
            }
            _ = try running.wait()
            let left = try FileManager.default.contentsOfDirectory(atPath: victim)
            #expect(left.count == 50, "round \(round)")
            try store.succeed("gc")
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try store.run("verify").output.isEmpty)
        }
    }

    /// What lies in the directories of the scratch directory.
    private func trees(in store: StoreFixture) -> [String] {
        store.scratch().flatMap { name in
            let directory = store.real("/nodeos/store/.builds/" + name)
            let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
            return (names ?? []).map { directory + "/" + $0 }
        }
    }

    /// What builds read and make stays, although no link keeps it.
    @Test func collectionsBesideABuild() throws {
        var store = try StoreFixture()
        let first = try store.derive("first", "sleep 0.3; echo first > $out")
        let second = try store.derive(
            "second", "cat \(first.output()) > $out; sleep 0.5", inputs: [first])
        let third = try store.derive(
            "third", "cat \(first.output()) \(second.output()) > $out", inputs: [first, second])
        let running = try store.start(["realise", third.drv])
        try waitUntil("the build has begun") { !store.scratch().isEmpty }
        for _ in 0..<6 {
            try store.succeed("gc")
            usleep(150_000)
        }
        let result = try running.wait()
        #expect(result.status == 0, "\(result.error)")
    }
}
