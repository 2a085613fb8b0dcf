import Primitives
import StoreModel
import TestSupport
import Testing

/// Texts that are and are not store paths.
@Suite struct StorePathTests {
    static let hash = "2l8m7iwfclnwbvm15kwlm5622fmxzdx4"

    @Test(arguments: [
        "a", "-", "+", "?", "=", "_", ".hidden", "a.drv", "0", "..a",
        String(repeating: "x", count: 211),
    ]) func accepted(name: String) throws {
        let path = try StorePath(baseName: "\(Self.hash)-\(name)")
        #expect(path.name == name)
        #expect(path.hashPart == Self.hash)
        #expect(try StoreDirectory.nodeos.parse("/nodeos/store/\(Self.hash)-\(name)") == path)
    }

    @Test(arguments: [
        "", "-", hash, hash + "-", hash + "_a", "-a", hash.uppercased() + "-a",
        "2l8m7iwfclnwbvm15kwlm5622fmxzdx-a", "2l8m7iwfclnwbvm15kwlm5622fmxzdx44-a",
        "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a", "2l8m7iwfclnwbvm15kwlm5622fmxzdxé-a",
        hash + "-a b", hash + "-a/b", hash + "-a\0", hash + "-é", hash + "-e\u{301}",
        hash + "-.", hash + "-..", hash + "-.-x", hash + "-..-x", hash + "-a~", hash + "-a\n",
        hash + "-" + String(repeating: "x", count: 212), " " + hash + "-a",
    ]) func refused(text: String) {
        #expect(throws: StorePathError.self) { try StorePath(baseName: text) }
        #expect(throws: StorePathError.self) {
            try StoreDirectory.nodeos.parse("/nodeos/store/" + text)
        }
    }

    @Test(arguments: [
        "/nix/store/\(hash)-a", "/nodeos/store", "/nodeos/store/", "/nodeos/storee/\(hash)-a",
        "/nodeos/store//\(hash)-a", "/nodeos/store/../store/\(hash)-a", "\(hash)-a",
        "nodeos/store/\(hash)-a", "/nodeos/store/\(hash)-a/", "/nodeos/store/\(hash)-a/bin",
        "//nodeos/store/\(hash)-a",
    ]) func elsewhere(text: String) {
        #expect(throws: StorePathError.self) { try StoreDirectory.nodeos.parse(text) }
    }

    @Test(arguments: [
        "", "/", "nodeos", "/nodeos/", "//nodeos", "/nodeos//store", "/nodeos/./store",
        "/nodeos/../store", "/nodeos/store\0",
    ]) func badDirectories(path: String) {
        #expect(throws: StorePathError.self) { try StoreDirectory(path) }
    }

    @Test func mutations() {
        var mutator = Mutator(
            samples: ["\(Self.hash)-hello-1.0.tar.gz", "\(Self.hash)-x.drv"].map { Array($0.utf8) },
            words: ["-", ".", "..", ".drv", "/", "é", "\u{0}", "e"], seed: 1)
        for _ in 0..<5000 {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let path = try? StorePath(baseName: text) else { continue }
            #expect(Array(path.baseName.utf8) == Array(text.utf8))
            #expect(Nix32.decode(path.hashPart.utf8)?.count == 20)
        }
    }
}
