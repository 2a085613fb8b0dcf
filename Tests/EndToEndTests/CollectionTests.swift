import Foundation
import Glibc
import TestSupport
import Testing

/// Collections that are killed, and that run beside builds.
@Suite(.timeLimit(.minutes(15))) struct CollectionTests {
    /// ATTACKS (25): whenever it dies, what is valid is whole, and the next collection removes the
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
