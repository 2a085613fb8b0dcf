import Archives
import Foundation
import LocalStore
import StoreDatabase
import StoreModel
import TestSupport
import Testing

@Suite struct LogTests {
    private func log(_ store: LocalStore, _ path: StorePath) throws -> String {
        var sink = MemorySink()
        try store.readLog(of: path, into: &sink)
        return String(decoding: sink.bytes, as: UTF8.self)
    }

    @Test func aLogIsFoundByDerivationAndOutput() throws {
        let fixture = try StoreFixture()
        let derivation = try TextTests.hola(in: fixture.store)
        let path = try fixture.store.addDerivation(derivation)
        let output = try #require(derivation.outputs["out"]?.path)
        #expect {
            try log(fixture.store, path)
        } throws: {
            if case LocalStoreError.missingLog(path) = $0 { true } else { false }
        }
        let writer = try fixture.store.makeLog(of: path)
        writer.write(Array("one\n".utf8))
        #expect(try !fixture.store.hasLog(of: path), "not before it is finished")
        let line = Array("two\n".utf8)
        writer.write(line.span)
        try writer.finish()
        #expect(writer.relativePath == "log/drvs/b8/1z2ad5k4v0majbjg5i0x1qqcfhgnq1-hola.drv.zst")
        #expect(
            FileManager.default.fileExists(
                atPath: fixture.store.layout.realStateDirectory + "/" + writer.relativePath))
        #expect(try log(fixture.store, path) == "one\ntwo\n")
        #expect(try log(fixture.store, output) == "one\ntwo\n")
        #expect(throws: LocalStoreError.self) {
            try log(fixture.store, StoreFixture.path("unknown"))
        }
    }

    @Test func anUnfinishedLogGoesAndAKilledOnesIsOverwritten() throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("a.drv")
        do { try fixture.store.makeLog(of: path).write(Array("x".utf8)) }
        let (folder, file) = fixture.store.layout.logName(of: path)
        let place = "\(fixture.store.layout.logDirectory)/\(folder)"
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
        try shell("echo half > \"$1\"", ["\(place)/\(file).zst.partial"])
        let writer = try fixture.store.makeLog(of: path)
        writer.write(Array("whole".utf8))
        try writer.finish()
        #expect(try log(fixture.store, path) == "whole")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).count == 1)
    }

    @Test func logsThatNixWroteAreRead() throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("a.drv")
        let (folder, file) = fixture.store.layout.logName(of: path)
        let place = "\(fixture.store.layout.logDirectory)/\(folder)"
        try shell("mkdir -p \"$1\"; echo from nix | bzip2 > \"$1/$2.bz2\"", [place, file])
        #expect(try log(fixture.store, path) == "from nix\n")
    }

    @Test func aLongLogIsWhole() throws {
        let fixture = try StoreFixture()
        let path = try StoreFixture.path("long.drv")
        let writer = try fixture.store.makeLog(of: path)
        var expected = ""
        for number in 0..<20_000 {
            let line = "line \(number) of the log\n"
            expected += line
            writer.write(Array(line.utf8))
        }
        try writer.finish()
        #expect(try log(fixture.store, path) == expected)
    }
}
