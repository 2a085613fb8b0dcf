import Foundation
import Glibc
import TestSupport
import Testing

/// Who adds temporary roots and who collects wait for each other (Nix's 87716847d4): whether they do is
/// asked of the kernel, so that no moment has to be met.
@Suite struct CollectorLockTests {
    /// A lock on the collector's file, held by the test.
    private struct Held: ~Copyable {
        let descriptor: Int32

        init(_ store: StoreFixture, _ operation: Int32) {
            let path = store.real("/nodeos/var/nodeos/gc.lock")
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            _ = flock(descriptor, operation)
        }

        deinit { close(descriptor) }
    }

    /// Whether the process waits for a lock; `nil` when it has ended.
    private func waits(_ process: ChildProcess) throws -> Bool? {
        let status = try String(contentsOfFile: "/proc/\(process.id)/stat", encoding: .utf8)
        if status.contains(") Z ") { return nil }
        let locks = try String(contentsOfFile: "/proc/locks", encoding: .utf8)
        return locks.split(separator: "\n").contains { line in
            line.contains("-> FLOCK") && line.split(separator: " ").contains("\(process.id)")
        }
    }

    private func expectWaiting(
        _ process: ChildProcess, at location: SourceLocation = #_sourceLocation
    ) throws {
        try waitUntil("it waits or has ended") { try waits(process) != false }
        #expect(try waits(process) == true, "it did not wait", sourceLocation: location)
    }

    @Test func aCollectorWaitsForWhoAddsRoots() throws {
        let store = try StoreFixture(withTools: false)
        let dead = try store.succeed("add", store.binary).lines[0]
        let collector: ChildProcess
        do {
            let held = Held(store, LOCK_SH)
            collector = try store.start(["gc"])
            try expectWaiting(collector)
            #expect(try store.isValid(dead))
            _ = consume held
        }
        #expect(try collector.wait().status == 0)
        #expect(try !store.isValid(dead))
    }

    @Test func whoAddsRootsWaitsForACollector() throws {
        let store = try StoreFixture(withTools: false)
        try store.succeed("add", store.binary)
        try store.directory.write("another", to: "another")
        let user: ChildProcess
        do {
            let held = Held(store, LOCK_EX)
            user = try store.start(["add", store.directory.file("another")])
            try expectWaiting(user)
            _ = consume held
        }
        #expect(try user.wait().status == 0)
    }
}
