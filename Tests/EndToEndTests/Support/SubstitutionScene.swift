import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// A store that has built a chain, and another one that knows its derivations only.
struct SubstitutionScene {
    var builder: StoreFixture
    var user: StoreFixture
    /// Used to build the first of the chain, and by nothing afterwards.
    let tool: StoreFixture.Item
    /// Each names the one before in its output.
    let chain: [StoreFixture.Item]
    let key: SecretKey

    init(_ label: String, random: Bool = false) throws {
        builder = try StoreFixture()
        user = try StoreFixture()
        key = try SecretKey(name: "cache-1", seed: [UInt8](repeating: 5, count: 32))
        tool = try builder.derive("\(label)-tool", "echo tool > $out")
        let noise = random ? "head -c 99 /dev/urandom | tr -dc a-z0-9; " : ""
        let first = try builder.derive(
            "\(label)-one", "{ \(noise)cut -c 1-3 \(tool.output()); } > $out", inputs: [tool])
        let second = try builder.derive(
            "\(label)-two", "mkdir $out; echo \(first.output()) > $out/names", inputs: [first])
        let third = try builder.derive(
            "\(label)-three", "{ \(noise)echo \(second.output()); } > $out", inputs: [second])
        chain = [first, second, third]
        try builder.realise(third)
        for item in [tool] + chain { try tell(item) }
    }

    /// Adds a derivation to the user's store.
    func tell(_ item: StoreFixture.Item) throws {
        let file = user.directory.file(item.baseName)
        try Data(item.text).write(to: URL(filePath: file))
        try user.succeed("derivation", "add", file)
    }

    /// A cache that has all of the chain, signed.
    func cache(_ name: String = "cache") throws -> CacheFixture {
        let cache = try CacheFixture(builder, named: name)
        for item in chain { try cache.add(item.output(), of: builder, signedBy: key) }
        return cache
    }

    /// `realise` from caches, believing the key.
    func realise(_ urls: [String], _ arguments: String...) throws -> ChildProcess.Result {
        try user.start(
            ["realise", "--trusted-key", key.publicKey.description]
                + urls.flatMap { ["--substituters", $0] } + arguments
        ).wait()
    }

    /// Where the user's store has the path from, as its manifest says.
    func origin(_ item: StoreFixture.Item) throws -> String {
        let text = try user.succeed("audit", "manifest", item.output()).output
        let entries = try JSONValue(parsing: Array(text.utf8))["entries"]?.array ?? []
        let entry = entries.first { $0["path"]?.string == item.output() }
        return entry?["origin"]?["url"]?.string ?? text
    }
}
