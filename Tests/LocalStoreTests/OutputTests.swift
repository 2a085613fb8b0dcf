import Archives
import Foundation
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct OutputTests {
    @Test func outputsAreScannedAndRegistered() throws {
        let fixture = try StoreFixture()
        let store = fixture.store
        let library = try store.addText(name: "library", contents: [1])
        let unused = try store.addText(name: "unused", contents: [2])
        let deriver = try StoreFixture.path("app.drv")
        let out = try StoreFixture.path("app")
        let doc = try StoreFixture.path("app-doc")
        let scratch = try fixture.build(
            out,
            """
            mkdir -p "$1/bin"; echo 'x /nodeos/store/\(library.baseName)/y' > "$1/bin/app"
            chmod 4711 "$1/bin/app"; ln -s '\(out.hashPart)' "$1/self"
            echo 'see \(out.hashPart)' > "$(dirname "$1")/\(doc.baseName)"
            chmod 000 "$1/bin"
            """)
        let prepared = try store.prepareOutputs(
            [out, doc], in: "store", of: scratch, candidates: [library, unused],
            deriver: deriver)
        #expect(prepared.map(\.info.references) == [[library, out], [out]])
        #expect(try !store.database.isValid(out))
        #expect(try fixture.items().count == 2, "nothing is reachable yet")
        try store.commit(prepared)
        let info = try #require(try store.database.info(out))
        #expect(info == prepared[0].info)
        #expect(info.deriver == deriver)
        #expect(try fixture.narHash(of: out) == info.narHash)
        let real = store.layout.realPath(of: out)
        for name in ["", "/bin", "/bin/app"] {
            #expect(try status(real + name).mode == 0o555)
            #expect(try status(real + name).time == 1)
        }
        #expect(try status(store.layout.realPath(of: doc)).mode == 0o444)
    }

    @Test func theScratchGoesWithItsOutputs() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        do {
            let scratch = try fixture.build(out, "echo x > \"$1\"")
            let prepared = try fixture.store.prepareOutputs(
                [out], in: "store", of: scratch, candidates: [], deriver: nil)
            #expect(try fixture.scratches().count == 1)
            try fixture.store.commit(prepared)
        }
        #expect(try fixture.scratches().isEmpty)
        #expect(try fixture.store.database.isValid(out))
    }

    @Test func aMissingOutputIsSaid() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        let scratch = try fixture.build(out, ":")
        #expect {
            try fixture.store.prepareOutputs(
                [out], in: "store", of: scratch, candidates: [], deriver: nil)
        } throws: {
            if case LocalStoreError.missingOutput(out) = $0 { true } else { false }
        }
    }

    /// A link to somebody else's file would change that file's metadata, and let
    /// them change the output.
    @Test func aHardLinkToAForeignFileIsRefused() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        let foreign = try fixture.directory.write("secret", to: "foreign", mode: 0o640)
        let scratch = try fixture.build(
            out, "mkdir \"$1\"; ln '\(foreign)' \"$1/stolen\"")
        #expect {
            try fixture.store.prepareOutputs(
                [out], in: "store", of: scratch, candidates: [], deriver: nil)
        } throws: {
            if case ArchivesError.foreignHardLink = $0 { true } else { false }
        }
        #expect(try status(foreign).mode == 0o640)
    }

    @Test func aRecursiveDigestIsMadeBesides() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("tree")
        let scratch = try fixture.build(out, "mkdir \"$1\"; echo x > \"$1/x\"")
        let location = try TreeLocation(scratch.path + "/store/" + out.baseName)
        var sink = DigestSink(.sha512)
        try dumpTree(location.name, in: location.parent, to: &sink)
        for algorithm in [HashAlgorithm.sha256, .sha512] {
            let prepared = try fixture.store.prepareOutputs(
                [out], in: "store", of: scratch, candidates: [], deriver: nil,
                fixed: (.recursive, algorithm))
            let expected = algorithm == .sha512 ? sink.digest() : prepared[0].info.narHash
            #expect(prepared[0].contentDigest == expected)
        }
    }

    @Test(arguments: [
        "mkdir -p \"$1/x\"; echo junk > \"$1/x/y\"; chmod 0 \"$1/x\"",
        "echo junk > \"$1\"", "ln -s /etc \"$1\"",
    ])
    func whatAKilledRunLeftIsReplaced(leftover: String) throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        try shell(leftover, [fixture.store.layout.realPath(of: out)])
        let scratch = try fixture.build(out, "mkdir \"$1\"; echo good > \"$1/file\"")
        let prepared = try fixture.store.prepareOutputs(
            [out], in: "store", of: scratch, candidates: [], deriver: nil)
        try fixture.store.commit(prepared)
        #expect(try fixture.narHash(of: out) == prepared[0].info.narHash)
    }

    @Test func aRefusedRegistrationLeavesNothing() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        let never = try StoreFixture.path("never-valid")
        let scratch = try fixture.build(out, "echo '\(never.hashPart)' > \"$1\"")
        let prepared = try fixture.store.prepareOutputs(
            [out], in: "store", of: scratch, candidates: [never], deriver: nil)
        #expect(throws: StoreDatabaseError.self) { try fixture.store.commit(prepared) }
        #expect(try fixture.items().isEmpty)
        #expect(try fixture.store.database.allValidPaths().isEmpty)
        // Nor what the database could be made of again.
        let registrations = fixture.store.layout.registrationsDirectory
        #expect(try FileManager.default.contentsOfDirectory(atPath: registrations).isEmpty)
    }

    @Test func whatIsValidStaysAsItIs() throws {
        let fixture = try StoreFixture()
        let out = try StoreFixture.path("out")
        for text in ["first", "second"] {
            let scratch = try fixture.build(out, "echo \(text) > \"$1\"")
            try fixture.store.commit(
                fixture.store.prepareOutputs(
                    [out], in: "store", of: scratch, candidates: [], deriver: nil))
        }
        let bytes = try Data(contentsOf: URL(filePath: fixture.store.layout.realPath(of: out)))
        #expect(String(decoding: bytes, as: UTF8.self) == "first\n")
    }
}
