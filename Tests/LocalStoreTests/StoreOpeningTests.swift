import Foundation
import Glibc
import LocalStore
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct StoreOpeningTests {
    @Test func theLayoutKeepsLogicalNames() throws {
        let layout = StoreLayout(root: "/home/me/nodeos")
        let path = try StorePath(baseName: "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.txt")
        #expect(layout.realStoreDirectory == "/home/me/nodeos/nodeos/store")
        #expect(layout.databaseFile == "/home/me/nodeos/nodeos/var/nodeos/db/db.sqlite")
        #expect(layout.realPath(of: path) == "/home/me/nodeos/nodeos/store/\(path)")
        #expect(layout.storeDirectory.path(of: path) == "/nodeos/store/\(path)")
        #expect(StoreLayout(root: "/").realStoreDirectory == "/nodeos/store")
    }

    @Test func aStoreThatCannotBeMadeSaysTheRemedy() throws {
        #expect {
            try LocalStore(opening: StoreLayout(root: "/proc/none"), access: .create)
        } throws: {
            guard case LocalStoreError.cannotCreate = $0 else { return false }
            return "\($0)".contains("create it as root")
        }
    }

    @Test func aMissingStoreIsNotMadeByReading() throws {
        let directory = try TemporaryDirectory()
        for access in [StoreDatabase.Access.readOnly, .readWrite] {
            #expect {
                try LocalStore(
                    opening: StoreLayout(root: directory.file("root")), access: access)
            } throws: {
                if case LocalStoreError.missingStore = $0 { true } else { false }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.file("root")))
    }

    @Test func theDatabaseMustBeThisStores() throws {
        let fixture = try StoreFixture()
        let root = fixture.directory.path + "/root"
        try shell("mkdir -p \"$1/nix/store\"", [root])
        #expect {
            try LocalStore(
                opening: StoreLayout(storeDirectory: StoreDirectory("/nix/store"), root: root),
                access: .create)
        } throws: {
            if case StoreDatabaseError.otherStore = $0 { true } else { false }
        }
    }

    @Test func aReadOnlyStoreAnswersAndRefuses() throws {
        let fixture = try StoreFixture()
        let path = try fixture.store.addText(name: "a", contents: [1])
        let readOnly = try fixture.reopened(.readOnly)
        #expect(try readOnly.database.isValid(path))
        #expect(try readOnly.addText(name: "a", contents: [1]) == path)
        #expect {
            try readOnly.addText(name: "b", contents: [1])
        } throws: {
            if case StoreDatabaseError.readOnly = $0 { true } else { false }
        }
        #expect(try fixture.items().count == 1)
    }

    @Test func leftoversOfTheDeadGoAndTheLivingStay() throws {
        let fixture = try StoreFixture()
        let alive = try fixture.store.makeScratch()
        try shell(
            """
            mkdir -p "$1/1-dead/store/x" "$1/kept-hello-0"; chmod 000 "$1/1-dead/store"
            touch "$1/file"
            """, [fixture.store.layout.scratchDirectory])
        #expect(try fixture.reopened().removeLeftovers() == 2)
        #expect(
            Set(try fixture.scratches())
                == ["kept-hello-0", URL(filePath: alive.path).lastPathComponent])
    }

    @Test func aScratchCanBeKept() throws {
        let fixture = try StoreFixture()
        var kept = ""
        do {
            let scratch = try fixture.store.makeScratch()
            try shell("echo x > \"$1/file\"", [scratch.path])
            kept = try scratch.keep(as: "hello")
        }
        #expect(FileManager.default.fileExists(atPath: kept + "/file"))
        #expect(try fixture.store.removeLeftovers() == 0)
        #expect(try fixture.scratches() == ["kept-hello-0"])
    }

    /// The process dies by SIGKILL between moving an output into place and registering it.
    @Test func aKilledProcessLeavesNothingValid() async throws {
        let fixture = try StoreFixture()
        let root = fixture.directory.path + "/root"
        let name = try StoreFixture.path("out").baseName
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [root = root as String, name = name as String] in
            let store = try StoreFixture.open(root, .readWrite)
            let path = try StorePath(baseName: name)
            let locks = try store.tryLock([path])
            try store.addTemporaryRoots([path])
            let scratch = try store.makeScratch()
            try shell(
                "mkdir -p \"$1/store/$2\"; echo half > \"$1/store/$2/x\"; mv \"$1/store/$2\" \"$3\"",
                [scratch.path, name, store.layout.realPath(of: path)])
            kill(getpid(), SIGKILL)
            withExtendedLifetime((locks, scratch)) {}
        }
        let store = try fixture.reopened()
        let path = try StorePath(baseName: name)
        #expect(try !store.database.isValid(path))
        #expect(try store.removeLeftovers() == 1)
        #expect(try fixture.items() == [name], "what is not valid waits for the next commit")
        let locks = try #require(try store.tryLock([path]), "a dead process holds no lock")
        let scratch = try fixture.build(path, "mkdir \"$1\"; echo whole > \"$1/x\"")
        try store.commit(
            store.prepareOutputs(
                [path], in: "store", of: scratch, candidates: [], deriver: nil))
        #expect(try fixture.narHash(of: path) == store.database.info(path)?.narHash)
        withExtendedLifetime(locks) {}
    }

    @Test func aFullDiskLeavesNothingHalfDone() throws {
        let directory = try TemporaryDirectory()
        let root = directory.file("small")
        do {
            try shell(
                "mkdir \"$1\"; mount -t tmpfs -o size=2m tmpfs \"$1\" 2>/dev/null", [root])
        } catch { try Test.cancel("this user may not mount a small file system") }
        defer { try? shell("umount -l \"$1\"", [root]) }
        let file = directory.file("big")
        try shell("head -c 3000000 /dev/zero > \"$1\"", [file])
        let store = try StoreFixture.open(root, .create)
        let small = try store.addText(name: "small", contents: [1])
        #expect {
            try store.addTree(at: file, name: "big")
        } throws: {
            "\($0)".contains("No space left on device")
        }
        #expect(try store.database.allValidPaths() == [small])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: store.layout.scratchDirectory)
        #expect(left.isEmpty)
        // A child that another test of this process starts just now has copies of all descriptors, also
        // of the file that was removed, until its program begins: so long its space is not free.
        try waitUntil("there is room again") {
            (try? store.addText(name: "another", contents: [2])) != nil
        }
    }
}
