import Foundation
import Primitives
import TestSupport
import Testing

/// `size`: tables, what would be freed, and treemaps.
@Suite(.timeLimit(.minutes(40))) struct SizeTests {
    private let store: StoreFixture
    private let first: StoreFixture.Item
    private let second: StoreFixture.Item
    private let common: StoreFixture.Item
    private let only: StoreFixture.Item

    /// first → common, first → only, second → common.
    init() throws {
        var store = try StoreFixture()
        func make(_ name: String, _ kilobytes: Int, _ inputs: [StoreFixture.Item]) throws
            -> StoreFixture.Item
        {
            let names = inputs.map { $0.output() }.joined(separator: " ")
            return try store.derive(
                name,
                """
                mkdir $out; dd if=/dev/zero of=$out/data bs=1000 count=\(kilobytes)
                echo \(names) > $out/names; ln $out/data $out/again; ln -s data $out/link
                """, inputs: inputs)
        }
        common = try make("common", 500, [])
        only = try make("only", 70, [])
        first = try make("first", 9, [common, only])
        second = try make("second", 8, [common])
        for item in [first, second] { try store.realise(item) }
        self.store = store
    }

    private func json(_ arguments: String...) throws -> JSONValue {
        let result = try store.start(["size", "--json"] + arguments).wait()
        #expect(result.status == 0, "\(result.error)")
        return try JSONValue(parsing: Array(result.output.utf8))
    }

    private func narSize(_ item: StoreFixture.Item) throws -> Int64 {
        let output = try store.succeed("query", "size", "--json", item.output()).output
        let facts = try JSONValue(parsing: Array(output.utf8))
        return try #require(facts[item.output()]?["narSize"]?.integer)
    }

    @Test func sharedAndExclusive() throws {
        let answer = try json(first.output(), second.output())
        let rows = try #require(answer["paths"]?.array)
        #expect(rows.map { $0["path"]?.string } == [first.output(), second.output()])
        let sizes = (
            first: try narSize(first), second: try narSize(second), common: try narSize(common),
            only: try narSize(only)
        )
        #expect(rows.map { $0["narSize"]?.integer } == [sizes.first, sizes.second])
        #expect(rows.map { $0["sharedSize"]?.integer } == [sizes.common, sizes.common])
        #expect(
            rows.map { $0["exclusiveSize"]?.integer } == [sizes.first + sizes.only, sizes.second])
        #expect(
            rows[0]["closureSize"]?.integer == sizes.first + sizes.only + sizes.common)
        let total = answer["total"]
        #expect(total?["closureCount"]?.integer == 4)
        #expect(
            total?["closureSize"]?.integer
                == sizes.first + sizes.second + sizes.common + sizes.only)
        // One alone shares with nobody.
        let alone = try json(first.output())["paths"]?.array?[0]
        #expect(alone?["sharedSize"]?.integer == 0)
    }

    /// As `du` counts.
    @Test func blocksOnTheDisk() throws {
        let paths = [first.output(), second.output()]
        let answer = try json(paths[0], paths[1])
        func du(_ paths: [String]) throws -> [Int64] {
            let result = try ChildProcess(
                ["du", "-s", "-B1"] + paths.map(store.real), environment: ["PATH": "/usr/bin:/bin"]
            ).wait()
            return result.lines.compactMap { Int64($0.prefix { $0.isNumber }) }
        }
        let rows = try #require(answer["paths"]?.array)
        #expect(rows.map { $0["diskSize"]?.integer } == (try paths.map { try du([$0])[0] }))
        #expect(answer["total"]?["diskSize"]?.integer == (try du(paths)).reduce(0, +))
    }

    @Test func tableAndOrder() throws {
        let text = try store.succeed(
            "size", "--sort", "closure", second.output(), first.output()
        ).output
        let lines = text.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).map { String($0) }
        }
        #expect(lines[0] == ["self", "disk", "closure", "shared", "exclusive", "path"])
        #expect(lines.dropFirst().map(\.last) == [first.output(), second.output(), "together"])
        #expect(try store.run("size", "--map", "svg", "--json", first.output()).status == 2)
        #expect(try store.run("size", "--max-depth", "1", first.output()).status == 2)
        #expect(
            try store.run("size", "/nodeos/store/" + String(repeating: "0", count: 32) + "-x")
                .status == 1)
    }

    /// What `gc` frees without a path is what `size` said it held.
    @Test func whatWouldBeFreed() throws {
        let answer = try json("--dominators", first.output(), second.output())
        let paths = try #require(answer["paths"]?.array)
        func fact(_ item: StoreFixture.Item, _ key: String) -> JSONValue? {
            paths.first { $0["path"]?.string == item.output() }?[key]
        }
        #expect(
            fact(first, "retainedSize")?.integer == (try narSize(first)) + (try narSize(only)))
        #expect(fact(only, "dominator")?.string == first.output())
        #expect(fact(common, "dominator") == .null)
        let text = try store.succeed("size", "--dominators", first.output()).output
        let lines = text.split(separator: "\n")
        #expect(lines[1].hasSuffix("  \(first.output())"))
        #expect(lines[2].hasSuffix("  ├───\(common.output())"))
        #expect(lines[3].hasSuffix("  └───\(only.output())"))
        let short = try store.succeed("size", "--dominators", "--max-depth", "0", first.output())
        #expect(short.output.hasSuffix("\(first.output()) [2 more]\n"))
        try store.succeed("gc", "--delete", first.output())
        try store.succeed("gc", "--delete", only.output())
        #expect(try store.isValid(common.output()))
    }

    @Test func treemaps() throws {
        let svg = try store.succeed("size", "--map", "svg", first.output()).output
        #expect(svg.hasPrefix("<svg") && svg.contains("common"))
        let html = try store.succeed("size", "--map", "html", first.output()).output
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains(common.output().suffix(30)))
    }
}
