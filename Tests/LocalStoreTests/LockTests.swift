import Foundation
import LocalStore
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct LockTests {
    @Test func oneAtATime() throws {
        let fixture = try StoreFixture()
        let (first, second) = (try StoreFixture.path("a"), try StoreFixture.path("b"))
        let other = try fixture.reopened()
        do {
            let locks = try #require(try fixture.store.tryLock([second, first]))
            #expect(locks.paths == [first, second].sorted())
            #expect(try other.tryLock([first]) == nil)
            #expect(try fixture.store.tryLock([second]) == nil)
            withExtendedLifetime(locks) {}
        }
        #expect(try other.tryLock([first, second]) != nil)
        let files = try FileManager.default.contentsOfDirectory(
            atPath: fixture.store.layout.realStoreDirectory)
        #expect(!files.contains { $0.hasSuffix(".lock") })
    }

    @Test func aFailedTryHoldsNothing() throws {
        let fixture = try StoreFixture()
        let paths = try ["a", "b", "c"].map(StoreFixture.path).sorted()
        let last = try #require(try fixture.store.tryLock([paths[2]]))
        #expect(try fixture.store.tryLock(paths) == nil)
        #expect(try fixture.store.tryLock([paths[0], paths[1]]) != nil)
        withExtendedLifetime(last) {}
    }

    /// The waiter has the old file open when its holder unlinks it: it must notice.
    @Test func aWaiterGetsTheLockByItsNewName() async throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("a")
        let counter = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                let store = try fixture.reopened()
                group.addTask {
                    let locks =
                        number % 2 == 0
                        ? try store.lockBlocking([path]) : try await store.lock([path])
                    #expect(counter.enter() == 1)
                    usleep(2000)
                    counter.leave()
                    withExtendedLifetime(locks) {}
                }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.store.tryLock([path]) != nil)
    }

    /// As `flock(1)` sees it, so any other process does.
    @Test func otherProcessesAreKeptOut() throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("a")
        let file = fixture.store.layout.realPath(of: path) + ".lock"
        do {
            let locks = try #require(try fixture.store.tryLock([path]))
            #expect(throws: ShellFailure.self) { try shell("flock -n \"$1\" true", [file]) }
            withExtendedLifetime(locks) {}
        }
        try shell("flock -n \"$1\" true", [file])
        // The file that flock(1) left is empty, so not stale: it serves.
        #expect(try fixture.store.tryLock([path]) != nil)
    }

    @Test func cancellingStopsTheWait() async throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("a")
        let locks = try #require(try fixture.store.tryLock([path]))
        let store = fixture.store
        let waiter = Task { _ = try await store.lock([path]) }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        withExtendedLifetime(locks) {}
    }
}
