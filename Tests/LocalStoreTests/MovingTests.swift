import Archives
import Foundation
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct MovingTests {
    let source: CollectionFixture
    let target: CollectionFixture

    init() throws {
        source = try CollectionFixture()
        target = try CollectionFixture()
    }

    private func exported(_ paths: [StorePath]) throws -> [UInt8] {
        var sink = MemorySink()
        try source.store.export(paths, into: &sink)
        return sink.bytes
    }

    private func imported(_ bytes: [UInt8]) throws -> [StorePath] {
        let found = Found()
        try target.base.reopened().importItems(from: MemorySource(bytes)) { found.paths.append($0) }
        return found.paths
    }

    @Test func closuresAreTheSameThere() throws {
        let library = try source.add("library")
        let program = try source.add("program", [library])
        let (derivation, output) = try source.addBuilt("built")
        let all = [program, output, derivation, library]
        let bytes = try exported(all)
        let found = try imported(bytes)
        #expect(Set(found) == Set(all))
        for path in all {
            let there = try #require(try target.store.database.info(path))
            let here = try #require(try source.store.database.info(path))
            #expect(there.narHash == here.narHash)
            #expect(there.references == here.references)
            #expect(there.deriver == here.deriver)
            #expect(try target.base.narHash(of: path) == here.narHash)
        }
        #expect(try target.store.database.outputs(of: derivation) == ["out": output])
        // The same again changes nothing, and what was imported gives the same stream.
        _ = try imported(bytes)
        var sink = MemorySink()
        try target.store.export(all, into: &sink)
        #expect(sink.bytes == bytes)
        #expect(try target.base.scratches().isEmpty)
    }

    @Test func everyCutIsRefused() throws {
        let path = try source.add("path")
        let bytes = try exported([path])
        for count in stride(from: 0, to: bytes.count, by: 8) {
            #expect(throws: (any Error).self, "\(count) bytes") {
                try imported(Array(bytes[..<count]))
            }
        }
        #expect(try target.store.database.allValidPaths().isEmpty)
        #expect(try imported(bytes) == [path])
    }

    @Test func anIncompleteClosureIsRefused() throws {
        let library = try source.add("library")
        let program = try source.add("program", [library])
        let bytes = try exported([program])
        #expect {
            try imported(bytes)
        } throws: {
            if case StoreDatabaseError.invalidReference(program, reference: library) = $0 {
                true
            } else {
                false
            }
        }
        #expect(try target.names().isEmpty)
    }

    @Test func whatWasAlteredDoesNotTravel() throws {
        // The first is refuted by its name, too; the second only by what was registered of it.
        for path in [try source.add("path"), try source.addBuilt("built").1] {
            let real = source.store.layout.realPath(of: path)
            try shell("chmod u+w \"$1\"; echo evil > \"$1\"", [real])
            #expect(throws: LocalStoreError.self) { try exported([path]) }
            #expect(throws: LocalStoreError.self) {
                try source.store.copy([path], to: target.store)
            }
        }
        #expect(try target.names().isEmpty)
    }

    /// The numbers between its parts, and zeros that are none.
    @Test func whatIsNoExportIsRefused() throws {
        let bytes = try exported([source.add("path")])
        let magic = Array("NIXE".utf8)
        let behind = try #require(
            bytes.indices.dropLast(4).first { bytes[$0..<($0 + 4)].elementsEqual(magic) })
        for index in [0, behind, behind + 7, bytes.count - 8] {
            var altered = bytes
            altered[index] ^= 2
            #expect(throws: (any Error).self, "byte \(index)") { try imported(altered) }
        }
    }

    @Test func aForgedDerivationIsNotImported() throws {
        let (derivation, _) = try source.addBuilt("built")
        var bytes = try exported([derivation])
        // The builder, in the derivation's text.
        let builder = Array("/bin/sh".utf8)
        let index = try #require(
            bytes.indices.dropLast(8).first { bytes[$0..<($0 + 7)].elementsEqual(builder) })
        bytes[index + 6] = UInt8(ascii: "x")
        #expect(throws: (any Error).self) { try imported(bytes) }
        #expect(try target.names().isEmpty)
    }

    @Test func copyingTakesWhatIsMissing() throws {
        let library = try source.add("library")
        let program = try source.add("program", [library])
        _ = try source.add("unrelated")
        let found = Found()
        try source.base.reopened().copy([library], to: target.base.reopened()) {
            found.paths.append($0.path)
        }
        try source.base.reopened().copy([program], to: target.base.reopened()) {
            found.paths.append($0.path)
        }
        #expect(found.paths == [library, program])
        #expect(try target.store.database.allValidPaths() == [library, program].sorted())
        #expect(
            try target.store.database.info(program)?.contentAddress
                == source.store.database.info(program)?.contentAddress)
        #expect(try target.base.narHash(of: program) == source.base.narHash(of: program))
    }

    /// What a cache gives is compared with a derivation that is valid here, whatever the cache says of it.
    @Test(arguments: [HashAlgorithm.sha256, .sha512]) func whatCachesGiveIsCompared(
        algorithm: HashAlgorithm
    ) throws {
        let store = target.store
        let digest = Digest.hash("right", algorithm)
        let path = try StoreDirectory.nodeos.fixedOutputPath(
            name: "item", method: .flat, digest: digest)
        try store.addDerivation(
            Derivation(
                name: "item", outputs: ["out": .fixed(path, method: .flat, digest: digest)],
                system: "builtin", builder: "builtin:fetchurl",
                environment: ["out": ByteString(StoreDirectory.nodeos.path(of: path))]))
        let trees = try IncomingTrees(store)
        func prepared(_ contents: String, executable: Bool = false) throws -> PreparedOutput {
            var writer = NARWriter(DigestSink())
            try writer.beginRegular(executable: executable, size: UInt64(contents.utf8.count))
            let bytes = Array(contents.utf8)
            try writer.contents(bytes.span)
            try writer.endRegular()
            try writer.finish()
            let sink = writer.intoSink()
            let info = PathInfo(path: path, narHash: sink.digest(), narSize: sink.byteCount)
            return try trees.prepare(info, proof: nil) { name, _ in
                try shell(
                    "printf %s \"$1\" > \"$2\"; chmod \"$3\" \"$2\"",
                    [contents, trees.directory + "/\(name)", executable ? "555" : "444"])
            }
        }
        for isExecutable in [false, true] {
            #expect {
                try prepared(isExecutable ? "right" : "wrong", executable: isExecutable)
            } throws: {
                if case LocalStoreError.wrongContent(path, _, _) = $0 { true } else { false }
            }
        }
        try store.commit([prepared("right")])
        #expect(try store.database.isValid(path))
    }

    @Test func storesOfOtherPathsDoNotMix() throws {
        let path = try source.add("path")
        let layout = StoreLayout(
            storeDirectory: try StoreDirectory("/nix/store"),
            root: target.base.directory.file("other"))
        let other = try LocalStore(opening: layout, access: .create)
        #expect(throws: LocalStoreError.self) { try source.store.copy([path], to: other) }
    }
}

/// Paths that a callback was told of, on one thread.
private final class Found { var paths: [StorePath] = [] }
