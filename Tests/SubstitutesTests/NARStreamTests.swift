import Primitives
import StoreModel
import Substitutes
import TestSupport
import Testing

@Suite("Archives that caches serve")
struct NARStreamTests {
    /// That its hash is wrong is known at the end only, and there may be no end.
    @Test func `no more is unpacked than the narinfo states`() throws {
        let fixture = try DownloadFixture()
        let made = try ChildProcess(
            [
                "/bin/sh", "-c", "head -c 20000000 /dev/zero | gzip -1 > \"$0/bomb.nar\"",
                fixture.directory,
            ], environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        try #require(made.status == 0, "\(made.error)")
        let path = try StorePath(baseName: "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-bomb")
        let info = PathInfo(
            path: path, narHash: Digest.hash("another"), narSize: 1000, references: [])
        var narInfo = NarInfo(info: info, url: "bomb.nar")
        narInfo.compression = "gzip"
        let cache = BinaryCache(
            try DownloadURL(parsing: "file://" + fixture.directory), store: .nodeos,
            temporaryDirectory: fixture.directory)
        var taken = 0
        #expect(throws: BinaryCacheError.self) {
            try cache.readNAR(narInfo) { stream in
                var stream = stream
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while case let count = try stream.read(into: &buffer), count > 0 { taken += count }
            }
        }
        #expect(taken <= 1000)
    }
}
