import Foundation
import Glibc
import NodeosStore
import TestSupport
import Testing

/// Questions, garbage, damage and copies, as a program asks for them.
@Suite struct SessionCareTests {
    /// Three texts, each of which refers to the one before.
    private func chain(_ session: StoreSession) throws -> [StorePath] {
        let first = try session.addText(name: "first", contents: Array("1".utf8))
        let second = try session.addText(
            name: "second", contents: Array("2".utf8), references: [first])
        let third = try session.addText(
            name: "third", contents: Array("3".utf8), references: [second])
        return [first, second, third]
    }

    /// Makes the chain in a session that is gone afterwards, so that it keeps nothing.
    private func made(_ fixture: SessionFixture) throws -> [StorePath] {
        try chain(fixture.open())
    }

    @Test func aClosureComesInOrder() throws {
        let fixture = try SessionFixture()
        let paths = try made(fixture)
        let session = try fixture.open(.reading)
        #expect(try session.closure(of: [paths[2]]) == paths)
        #expect(try session.referrersClosure(of: [paths[0]]).sorted() == paths.sorted())
        #expect(try session.referrers(of: paths[0]) == [paths[1]])
        #expect(try session.infos(of: paths).map(\.path) == paths)
        #expect(try session.referenceGraph(of: [paths[2]]).nodes.count == 3)
        #expect(try session.path(session.text(of: paths[0]) + "/below") == paths[0])
    }

    @Test func whatIsNotThereHasAnErrorOfItsOwn() throws {
        let fixture = try SessionFixture()
        #expect {
            try fixture.open(.writing)
        } throws: { error in
            if case StoreError.store(.missingStore) = error { true } else { false }
        }
        let session = try fixture.open()
        let path = try StorePath(baseName: "2j4s87fjdzwlixi17230c3kgxihm6g6m-x")
        #expect(try session.info(of: path) == nil)
        #expect {
            try session.infos(of: [path])
        } throws: { error in
            if case StoreError.database(.notValid(path)) = error { true } else { false }
        }
    }

    @Test func garbageIsWhatNoRootReaches() throws {
        let fixture = try SessionFixture()
        let paths = try made(fixture)
        try fixture.open().addRoots(
            link: fixture.directory.file("result"), to: [paths[0], paths[1]])
        let session = try fixture.open(.collecting)
        #expect(try session.roots().roots.count == 2)
        #expect(try session.garbage().map(\.name) == [paths[2].baseName])
        #expect(try session.liveness().dead == [paths[2]])
        var removed: [String] = []
        let items = try session.collectGarbage { removed.append($0.name) }
        #expect(items.map(\.name) == [paths[2].baseName])
        #expect(removed == items.map(\.name))
        #expect(try session.validPaths(among: paths) == Set(paths.dropLast()))
        #expect {
            try session.collectGarbage(CollectionRequest(only: [paths[0]]))
        } throws: { error in
            if case StoreError.store(.stillAlive) = error { true } else { false }
        }
    }

    @Test func damageIsFoundAndNothingIsPrinted() async throws {
        let fixture = try SessionFixture()
        let session = try fixture.open()
        let paths = try chain(session)
        #expect(try await session.verify(checksContents: true) == [])
        let file = session.realPath(of: paths[1])
        let isWritable = unsafe chmod(file, 0o644) == 0
        #expect(isWritable)
        try Data("x".utf8).write(to: URL(filePath: file))
        let findings = try await session.verifyContents(of: paths)
        #expect(findings.contains { $0.kind == .altered && $0.name == paths[1].baseName })
        let outcomes = try await session.repair([paths[1]], texts: [paths[1]: Array("2".utf8)])
        #expect(outcomes == [paths[1]: .rewritten])
        #expect(try await session.verify(checksContents: true) == [])
    }

    @Test func closuresGoToOtherStores() throws {
        let here = try SessionFixture()
        let there = try SessionFixture()
        let elsewhere = try SessionFixture()
        let session = try here.open()
        let paths = try chain(session)
        let copied = try session.copy([paths[2]], to: there.open())
        #expect(copied == paths)
        #expect(try session.copy([paths[2]], to: there.open()) == [])
        var stream = ByteCollector()
        try there.open().export(paths, into: &stream)
        let imported = try elsewhere.open().importItems(from: ByteReader(stream.bytes))
        #expect(imported == paths)
    }

    @Test func anErrorOfTheCallersOwnComesBackWhole() throws {
        struct Enough: Error {}
        let here = try SessionFixture()
        let session = try here.open()
        let paths = try chain(session)
        let there = try SessionFixture()
        let error = #expect(throws: StoreError.self) {
            try session.copy(paths, to: there.open()) { _ in throw Enough() }
        }
        #expect(error?.underlying is Enough)
    }
}

/// Keeps what is written.
private struct ByteCollector: ByteSink {
    var bytes: [UInt8] = []

    mutating func write(_ bytes: Span<UInt8>) throws {
        for index in bytes.indices { self.bytes.append(bytes[index]) }
    }
}

/// Gives bytes that are there.
private struct ByteReader: ByteSource {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func read(into buffer: inout [UInt8]) throws -> Int {
        let part = rest.prefix(buffer.count)
        buffer.replaceSubrange(0..<part.count, with: part)
        rest = rest.dropFirst(part.count)
        return part.count
    }
}
