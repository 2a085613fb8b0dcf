import Foundation
import Glibc
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct RootTests {
    @Test func directAndIndirectRoots() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let one = try store.addText(name: "one", contents: [1])
        let two = try store.addText(name: "two", contents: [2])
        try store.addRoot(named: "system", to: one)
        let link = fixture.directory.file("result")
        try store.addIndirectRoot(link: link, to: two)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: link)
                == store.layout.realPath(of: two))
        // The link's name in the directory is the one Nix gives it (`docs/formats/locks-and-roots.md`).
        let automatic = "\(store.layout.automaticRootsDirectory)/\(Digest.hash(link, .sha1).nix32)"
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: automatic) == link)
        let direct = StoreRoot(
            link: store.layout.rootsDirectory + "/system", target: one, kind: .direct)
        let indirect = StoreRoot(link: link, target: two, kind: .indirect)
        #expect(Set(try store.roots()) == [direct, indirect])
        // Moved in one step.
        try store.addIndirectRoot(link: link, to: one)
        #expect(
            Set(try store.roots().map(\.target)) == [one])
        // The user removes the link: no root any more.
        try FileManager.default.removeItem(atPath: link)
        #expect(try store.roots() == [direct])
    }

    @Test func linksInFoldersAndFilesNamedLikeItems() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let one = try store.addText(name: "one", contents: [1])
        let two = try store.addText(name: "two", contents: [2])
        try shell(
            """
            mkdir -p "$1/profiles/a"; ln -s '/nodeos/store/\(one.baseName)/bin' "$1/profiles/a/p"
            touch "$1/\(two.baseName)" "$1/other"; ln -s /nowhere "$1/broken"
            """, [store.layout.rootsDirectory])
        #expect(try store.roots().map(\.target).sorted() == [one, two].sorted())
    }

    /// Relative links begin where they lie, and names need not be UTF-8.
    @Test func linksThatAreWrittenInOtherWays() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let one = try store.addText(name: "one", contents: [1])
        try shell(
            """
            mkdir -p "$1/$(printf 'caf\\351')" "$1/up"; cd "$1"
            ln -s "$2" "$1/$(printf 'caf\\351')/result"; ln -s "$2" up/result
            ln -s "$1/$(printf 'caf\\351')/result" "$3/auto/bytes"
            ln -s ../../../../../up/result "$3/relative"
            """,
            [
                fixture.directory.path, store.layout.realPath(of: one),
                store.layout.rootsDirectory,
            ])
        let survey = try store.surveyRoots()
        #expect(survey.stale.isEmpty && survey.unreadable.isEmpty, "\(survey)")
        #expect(survey.roots.map(\.target) == [one, one])
        try store.collect(CollectionRequest())
        #expect(try store.database.isValid(one))
    }

    @Test func whatCannotBeFollowedIsNotStale() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let one = try store.addText(name: "one", contents: [1])
        let folder = fixture.directory.file("links")
        try shell("mkdir \"$1\"", [folder])
        try store.addIndirectRoot(link: folder + "/result", to: one)
        try shell("mv \"$1\" \"$1.away\"; ln -s links \"$1\"", [folder])
        #expect(try store.surveyRoots().unreadable.map(\.target) == [folder + "/result"])
        #expect {
            try store.collect(CollectionRequest())
        } throws: {
            if case LocalStoreError.unreadableRoot = $0 { true } else { false }
        }
        // A folder where the link was, however, is no link.
        try shell("rm \"$1\"; mkdir -p \"$1/result\"", [folder])
        #expect(try store.surveyRoots().stale.map(\.reason) == ["it is no link"])
    }

    @Test(arguments: ["echo precious > \"$1\"", "ln -s /etc/passwd \"$1\"", "mkdir \"$1\""])
    func nothingOfTheUsersIsReplaced(script: String) throws {
        let fixture = try StoreFixture()
        let one = try fixture.store.addText(name: "one", contents: [1])
        let link = fixture.directory.file("result")
        try shell(script, [link])
        #expect {
            try fixture.store.addIndirectRoot(link: link, to: one)
        } throws: {
            if case LocalStoreError.linkOccupied = $0 { true } else { false }
        }
        #expect(try fixture.store.roots().isEmpty)
    }

    @Test func temporaryRootsAreInALockedFile() throws {
        let fixture = try StoreFixture()
        let layout = fixture.store.layout
        do {
            let store = try fixture.reopened()
            let (one, two) = (try StoreFixture.path("one"), try StoreFixture.path("two"))
            try store.addTemporaryRoots([one])
            try store.addTemporaryRoots([one, two])
            let file = layout.temporaryRootsDirectory + "/\(getpid())"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text == "/nodeos/store/\(one)\0/nodeos/store/\(two)\0")
            #expect(throws: ShellFailure.self) { try shell("flock -n \"$1\" true", [file]) }
            // Another store of the same process has a file of its own.
            let other = try fixture.reopened()
            try other.addTemporaryRoots([one])
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: layout.temporaryRootsDirectory
                ).count == 2)
        }
    }
}
