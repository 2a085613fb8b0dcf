import Foundation
import TestSupport
import Testing

/// Signatures go where paths are, also when the paths are there already.
@Suite(.timeLimit(.minutes(40))) struct SignatureTravelTests {
    @Test func copyAddsSignatures() throws {
        let here = try StoreFixture(withTools: false)
        let there = try StoreFixture(withTools: false)
        let file = try here.directory.write("signed\n", to: "signed")
        let path = try here.succeed("add", file).lines[0]
        let keys = try ["one", "two", "three"].map { name in
            let key = here.directory.file(name)
            try here.succeed("key", "generate", name, key)
            return key
        }
        try here.succeed("sign", "--key", keys[0], path)
        try here.succeed("copy", "--to", there.root, path)
        try there.succeed("sign", "--key", keys[2], path)
        try here.succeed("sign", "--key", keys[1], path)
        #expect(try here.succeed("copy", "--to", there.root, path).lines == [])
        func signers(_ store: StoreFixture) throws -> Set<Substring> {
            Set(
                try store.succeed("query", "info", path).lines.filter {
                    $0.hasPrefix("signature:")
                }.compactMap { $0.dropFirst("signature:".count).split(separator: ":").first }
                    .map { $0.drop { $0 == " " } })
        }
        #expect(try signers(there) == ["one", "two", "three"])
        #expect(try signers(here) == ["one", "two"])
        // And the other way, with all else as it was.
        try here.succeed("copy", "--from", there.root, path)
        #expect(try signers(here) == ["one", "two", "three"])
        try there.succeed("db", "check")
        try there.succeed("verify", "--check-contents")
    }
}
