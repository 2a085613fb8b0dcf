import Foundation
import Glibc
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct CollectionTests {
    let fixture: CollectionFixture

    init() throws { fixture = try CollectionFixture() }

    private var store: LocalStore { fixture.store }

    @Test func whatNoRootReachesGoes() throws {
        let library = try fixture.add("library")
        let program = try fixture.add("program", [library])
        let unused = try fixture.add("unused", [library])
        try store.addRoot(named: "system", to: program)
        let planned = try store.planCollection(CollectionRequest())
        #expect(planned.map(\.name) == [unused.baseName])
        #expect(try fixture.names() == ["library", "program", "unused"], "a plan changes nothing")
        // One file of 6 bytes: its NAR has 120.
        #expect(planned.map(\.size) == [120])
        #expect(try store.collect(CollectionRequest()) == planned)
        #expect(try fixture.names() == ["library", "program"])
        #expect(try store.database.allValidPaths() == [library, program].sorted())
        #expect(try fixture.base.scratches().isEmpty)
    }

    @Test func aTemporaryRootKeepsWhileItsProcessLives() throws {
        let library = try fixture.add("library")
        let program = try fixture.add("program", [library])
        do {
            let user = try fixture.base.reopened()
            try user.addTemporaryRoots([program])
            #expect(try store.collect(CollectionRequest()).isEmpty)
            let keeper = try #require(try store.liveness().keeper(of: library))
            #expect(keeper.kind == .temporary)
            #expect(keeper.target == program)
            withExtendedLifetime(user) {}
        }
        #expect(try store.collect(CollectionRequest()).count == 2)
        #expect(
            try FileManager.default.contentsOfDirectory(
                atPath: store.layout.temporaryRootsDirectory
            ).isEmpty, "the files of dead processes go")
    }

    /// What is sent to somebody is kept so long, and no longer.
    @Test func aLeaseKeepsAsLongAsItLives() throws {
        let library = try fixture.add("library")
        let program = try fixture.add("program", [library])
        let other = try fixture.add("other")
        let user = try fixture.base.reopened()
        do {
            let leases = try (0..<3).map { _ in try user.lease([program]) }
            let third = try user.lease([other])
            #expect(try store.collect(CollectionRequest()).isEmpty)
            withExtendedLifetime((leases, third)) {}
        }
        #expect(
            try FileManager.default.contentsOfDirectory(
                atPath: store.layout.temporaryRootsDirectory
            ).isEmpty, "a lease that is over leaves no file")
        let last = try user.lease([other])
        #expect(try store.collect(CollectionRequest()).count == 2)
        withExtendedLifetime((user, last)) {}
    }

    @Test func runningProgramsKeepWhatTheyUse() throws {
        let data = try fixture.add("data")
        let program = try fixture.add("program", [data])
        let dead = try fixture.add("dead")
        // A process of its own: what this one opens, children of other tests hold for a moment.
        let reader = try ChildProcess(
            ["/bin/sh", "-c", "exec sleep 1000 < '\(store.layout.realPath(of: program))'"],
            environment: [:])
        try waitUntil("it reads") { try store.liveness().keeper(of: data)?.kind == .runtime }
        #expect(try store.collect(CollectionRequest()).map(\.name) == [dead.baseName])
        reader.send(SIGKILL)
        _ = try reader.wait()
        #expect(try store.collect(CollectionRequest()).count == 2)
    }

    /// Another store's item of the same name, as builds of other stores have it in their
    /// environment, keeps nothing here.
    @Test func processesThatSeeAnotherStoreKeepNothing() throws {
        let item = try fixture.add("item")
        let process = try ChildProcess(["/bin/sleep", "1000"], environment: naming(item))
        #expect(try store.collect(CollectionRequest()).map(\.name) == [item.baseName])
        withExtendedLifetime(process) {}
    }

    @Test func processesThatSeeThisStoreAtItsLogicalPathKeepWhatTheyName() throws {
        let item = try fixture.add("item")
        let directory = store.layout.storeDirectory.path
        let process = try ChildProcess(
            [
                "bwrap", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib",
                "/lib", "--symlink", "usr/lib64", "/lib64", "--ro-bind",
                store.layout.realStoreDirectory, directory, "/usr/bin/sleep", "1000",
            ], environment: naming(item).merging(["PATH": "/usr/bin:/bin"]) { $1 })
        try waitUntil("it runs") { try store.liveness().keeper(of: item)?.kind == .runtime }
        #expect(try store.collect(CollectionRequest()).isEmpty)
        withExtendedLifetime(process) {}
    }

    /// The environment of a process that uses `item`.
    private func naming(_ item: StorePath) -> [String: String] {
        ["out": "\(store.layout.storeDirectory.path)/\(item.baseName)"]
    }

    @Test func derivationsAndOutputs() throws {
        let (derivation, output) = try fixture.addBuilt("built")
        let other = try fixture.addBuilt("other").derivation
        try store.addRoot(named: "system", to: output)
        try store.addRoot(named: "other", to: other)
        let kept = CollectionRequest()
        #expect(try store.liveness(kept).dead.map(\.name) == ["other"])
        #expect(try store.liveness(CollectionRequest(keepsOutputs: true)).dead.isEmpty)
        let bare = CollectionRequest(keepsDerivations: false)
        #expect(try store.liveness(bare).dead.map(\.name).sorted() == ["built.drv", "other"])
        #expect(try store.liveness(kept).keeper(of: derivation)?.target == output)
    }

    @Test func limits() throws {
        // Each NAR has 120 bytes; what was used longest ago goes first, and never before what
        // refers to it.
        let base = try fixture.add("base")
        let old = try fixture.add("old", [base])
        let newer = try fixture.add("newer")
        let newest = try fixture.add("newest")
        let now = Int64(time(nil))
        try store.database.recordUse(of: [newer], at: now + 10_000)
        try store.database.recordUse(of: [newest], at: now + 20_000)
        func planned(_ request: CollectionRequest) throws -> [StorePath] {
            try store.planCollection(request).map { try StorePath(baseName: $0.name) }
        }
        #expect(try planned(CollectionRequest()) == [old, base, newer, newest])
        #expect(try planned(CollectionRequest(maxFreed: 1)) == [old])
        #expect(try planned(CollectionRequest(maxFreed: 240)) == [old, base])
        #expect(try planned(CollectionRequest(maxSize: 120)) == [old, base, newer])
        #expect(try planned(CollectionRequest(maxSize: 480)).isEmpty)
        #expect(try planned(CollectionRequest(freeSpace: 1)).isEmpty)
        #expect(try planned(CollectionRequest(freeSpace: .max / 2)).count == 4)
        #expect(try planned(CollectionRequest(usedSince: now + 15_000)) == [old, base, newer])
    }

    @Test func deletingWhatMustStayIsRefused() throws {
        let library = try fixture.add("library")
        let program = try fixture.add("program", [library])
        #expect {
            try store.collect(CollectionRequest(only: [library]))
        } throws: {
            if case StoreDatabaseError.stillReferenced(library, by: program) = $0 {
                true
            } else {
                false
            }
        }
        try store.addRoot(named: "system", to: program)
        #expect {
            try store.collect(CollectionRequest(only: [library]))
        } throws: {
            "\($0)".contains(store.layout.rootsDirectory + "/system")
        }
        #expect(try fixture.names() == ["library", "program"])
        try FileManager.default.removeItem(atPath: store.layout.rootsDirectory + "/system")
        let unrelated = try fixture.add("unrelated")
        #expect(try store.collect(CollectionRequest(only: [library, program])).count == 2)
        #expect(try store.database.allValidPaths() == [unrelated])
    }

    @Test func deletingWithAllThatIsReferredTo() throws {
        let shared = try fixture.add("shared")
        let library = try fixture.add("library")
        let program = try fixture.add("program", [library, shared])
        let other = try fixture.add("other", [shared])
        // What is referred to goes with what refers to it, and what others refer to stays.
        #expect(throws: StoreDatabaseError.self) {
            try store.collect(CollectionRequest(only: [program], isRecursive: true))
        }
        let request = CollectionRequest(only: [program], isRecursive: true, skipsLive: true)
        #expect(
            try Set(store.collect(request).map(\.name)) == [program.baseName, library.baseName])
        #expect(try store.database.allValidPaths() == [other, shared].sorted())
        try store.addRoot(named: "system", to: other)
        let rest = CollectionRequest(only: [other, shared], skipsLive: true)
        #expect(try store.collect(rest).isEmpty)
    }

    @Test func leftoversGoUnlessSomebodyMakesThem() throws {
        let layout = store.layout
        let (dead, made, used) = (
            try StoreFixture.path("dead"), try StoreFixture.path("made"),
            try StoreFixture.path("used")
        )
        for path in [dead, made, used] {
            try shell(
                "mkdir -p \"$1/x\"; printf 12345 > \"$1/x/y\"; chmod 0 \"$1/x/y\"",
                [layout.realPath(of: path)])
        }
        try shell(
            "touch \"$1/\(dead.baseName).lock\" \"$1/notes\"; mkdir -p \"$1/.builds/1-x/y\"",
            [layout.realStoreDirectory])
        let user = try fixture.base.reopened()
        try user.addTemporaryRoots([used])
        let lock = try #require(try user.tryLock([made]))
        let items = try store.collect(CollectionRequest())
        #expect(items == [CollectedItem(name: dead.baseName, size: 5, isValid: false)])
        withExtendedLifetime(lock) {}
        withExtendedLifetime(user) {}
        let left = try FileManager.default.contentsOfDirectory(atPath: layout.realStoreDirectory)
        #expect(!left.contains(dead.baseName + ".lock"))
        #expect(left.contains("notes"), "what is no store item is not ours")
        #expect(try fixture.base.scratches().isEmpty)
    }

    @Test func staleRootsAreListedAndRemoved() throws {
        let path = try fixture.add("path")
        let link = fixture.base.directory.file("result")
        try fixture.base.reopened().addIndirectRoot(link: link, to: path)
        #expect(try store.surveyRoots().stale.isEmpty)
        try FileManager.default.removeItem(atPath: link)
        let stale = try store.surveyRoots().stale
        #expect(stale.map(\.target) == [link])
        #expect(try store.collect(CollectionRequest()).count == 1)
        #expect(try store.surveyRoots().stale.isEmpty)
    }

    /// The race of Nix's 87716847d4: a path gets a temporary root, and what refers to it becomes
    /// valid, while a collector works. Whoever has a root and sees a path valid can count on it.
    @Test func collectorsAndUsersAtOnce() async throws {
        let fixture = fixture
        let working = Counter()
        for _ in 0..<3 { _ = working.enter() }
        try await withThrowingTaskGroup { group in
            group.addTask {
                while working.isOccupied {
                    try fixture.base.reopened().collect(CollectionRequest())
                    await Task.yield()
                }
            }
            for worker in 0..<3 {
                group.addTask {
                    defer { working.leave() }
                    for round in 0..<30 {
                        let store = try fixture.base.reopened()
                        let shared = try store.addText(name: "shared", contents: [1])
                        let user = try store.addText(
                            name: "user", contents: [UInt8(worker), UInt8(round)],
                            references: [shared])
                        for path in [shared, user] {
                            #expect(try store.database.isValid(path))
                            #expect(
                                FileManager.default.fileExists(
                                    atPath: store.layout.realPath(of: path)))
                        }
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.database.integrityProblems().isEmpty)
        try store.collect(CollectionRequest())
        #expect(try fixture.names().isEmpty)
    }
}
