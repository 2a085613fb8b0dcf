import Foundation
import Primitives
import StoreModel
import Substitutes
import Testing

/// Binary caches that the real Nix wrote (`nix copy --to file://…`, Nix 2.8 of Debian 12).
@Suite struct CacheConformanceTests {
    @Test(arguments: ["none", "xz", "zstd", "bzip2", "gzip"])
    func whatNixWroteIsRead(compression: String) throws {
        let nix = try RealNix()
        let derivations = try nix.instantiate("graph")
        let merged = try #require(derivations.first { $0.hasSuffix("-merged.drv") })
        let url = "file://\(nix.directory)/cache"
        try nix.run(
            "nix", ["copy", "--derivation", "--to", url + "?compression=\(compression)", merged])
        let store = try StoreDirectory("/nix/store")
        let cache = BinaryCache(
            try DownloadURL(parsing: url), store: store, temporaryDirectory: nix.directory)
        try cache.check()
        let paths = try nix.run("nix-store", ["--query", "--requisites", merged]).lines
        #expect(paths.count > 2)
        for text in paths {
            let path = try store.parse(text)
            let narInfo = try #require(try cache.narInfo(of: path))
            let stated = try nix.run("nix-store", ["--query", "--hash", text]).text
            #expect(narInfo.info.narHash == (try Digest(parsing: stated)))
            var digest: Digest?
            try cache.readNAR(narInfo) { stream in
                var stream = stream
                var sink = DigestSink()
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while case let count = try stream.read(into: &buffer), count > 0 {
                    sink.write(buffer.span.extracting(0..<count))
                }
                digest = sink.digest()
            }
            #expect(digest == narInfo.info.narHash)
        }
        let absent = try StorePath(baseName: "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-absent")
        #expect(try cache.narInfo(of: absent) == nil)
        let ours = BinaryCache(
            try DownloadURL(parsing: url), store: .nodeos, temporaryDirectory: nix.directory)
        #expect(throws: BinaryCacheError.self) { try ours.check() }
    }
}
