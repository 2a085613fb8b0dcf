import Foundation
import FoundationXML
import Graphs
import Primitives
import StoreModel
import TestSupport
import Testing

/// What a closure holds, and pictures of it.
@Suite(.timeLimit(.minutes(40))) struct TreemapTests {
    private static func path(_ number: Int) throws -> StorePath {
        let hash = (0..<20).map { UInt8(truncatingIfNeeded: number >> (8 * min($0, 3))) }
        return try StorePath(hash: hash, name: "item-\(number)")
    }

    /// A closure of `count` paths in which each refers to some that come after it.
    private static func sizes(count: Int, seed: UInt64) throws -> RetainedSizes {
        var random = SplitMix64(seed: seed)
        var graph = DirectedGraph<StorePath>()
        var sizes: [StorePath: UInt64] = [:]
        for number in 0..<count {
            graph.insert(try path(number))
            sizes[try path(number)] =
                number % 13 == 0 ? 0 : UInt64.random(in: 1...1_000_000, using: &random)
            for _ in 0..<(number == 0 ? 0 : 1 + Int.random(in: 0..<2, using: &random)) {
                graph.insert(
                    edge: try path(Int.random(in: 0..<number, using: &random)), to: try path(number)
                )
            }
        }
        return RetainedSizes(of: [try path(0)], in: graph, sizes: sizes)
    }

    @Test func whatIsHeldIsCountedOnce() throws {
        let paths = try (0..<5).map(Self.path)
        var graph = DirectedGraph<StorePath>()
        // 0 → 1, 0 → 2, 1 → 3, 2 → 3, 1 → 4
        for (from, to) in [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (1, 1)] {
            graph.insert(edge: paths[from], to: paths[to])
        }
        let sizes = RetainedSizes(
            of: [paths[0]], in: graph,
            sizes: Dictionary(uniqueKeysWithValues: zip(paths, [1, 10, 100, 1000, 10_000])))
        let retained = Dictionary(
            uniqueKeysWithValues: sizes.items.map { ($0.path.name, $0.retained) })
        #expect(
            retained == [
                "item-0": 11_111, "item-1": 10_010, "item-2": 100, "item-3": 1000, "item-4": 10_000,
            ])
        #expect(sizes.total == 11_111)
        #expect(
            sizes.items[sizes.roots[0]].children.map { sizes.items[$0].path.name }
                == ["item-1", "item-3", "item-2"])
        // Asked for together, neither of two holds what both refer to.
        let both = RetainedSizes(
            of: [paths[1], paths[2]], in: graph,
            sizes: Dictionary(uniqueKeysWithValues: zip(paths, [1, 10, 100, 1000, 10_000])))
        #expect(both.roots.map { both.items[$0].path.name } == ["item-1", "item-3", "item-2"])
    }

    @Test(arguments: [UInt64(1), 2, 3]) func areasAreSizesAndFramesHold(seed: UInt64) throws {
        let sizes = try Self.sizes(count: 300, seed: seed)
        let map = Treemap(of: sizes, width: 1200, height: 700)
        let unit = 1200 * 700 / Double(sizes.total)
        func area(_ rectangle: Treemap.Rectangle) -> Double { rectangle.width * rectangle.height }
        func isInside(_ inner: Treemap.Rectangle, _ outer: Treemap.Rectangle) -> Bool {
            inner.x >= outer.x - 0.01 && inner.y >= outer.y - 0.01
                && inner.x + inner.width <= outer.x + outer.width + 0.01
                && inner.y + inner.height <= outer.y + outer.height + 0.01
        }
        for (index, item) in sizes.items.enumerated() {
            #expect(abs(area(map.frames[index]) - Double(item.retained) * unit) < 0.5)
            #expect(abs(area(map.cells[index]) - Double(item.size) * unit) < 0.5)
            if item.size > 0 { #expect(isInside(map.cells[index], map.frames[index])) }
            if let parent = item.parent, item.retained > 0 {
                #expect(isInside(map.frames[index], map.frames[parent]))
            }
        }
        let cells = map.cells.filter { area($0) > 0 }
        for (index, one) in cells.enumerated() {
            for other in cells[(index + 1)...] {
                let width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
                let height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
                #expect(width < 0.01 || height < 0.01)
            }
        }
    }

    /// The six areas of the paper's figure make its rows: 6, 6; 4, 3; 2; 2, 1.
    @Test func theRowsOfThePaper() throws {
        let weights: [UInt64] = [6, 6, 4, 3, 2, 2, 1]
        let paths = try weights.indices.map { try Self.path($0) }
        var graph = DirectedGraph<StorePath>()
        for path in paths { graph.insert(path) }
        let sizes = RetainedSizes(
            of: paths, in: graph, sizes: Dictionary(uniqueKeysWithValues: zip(paths, weights)))
        let map = Treemap(of: sizes, width: 6, height: 4)
        func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
        var found: [[Double]] = []
        for index in sizes.roots {
            let cell = map.cells[index]
            found.append([cell.x, cell.y, cell.width, cell.height].map(rounded))
        }
        #expect(
            Array(found.prefix(5)) == [
                [0, 0, 3, 2], [0, 2, 3, 2], [3, 0, 1.71, 2.33], [4.71, 0, 1.29, 2.33],
                [3, 2.33, 1.2, 1.67],
            ])
    }

    @Test func thePictureIsXMLWithEveryPath() throws {
        let sizes = try Self.sizes(count: 100, seed: 9)
        let bytes = TreemapPicture(of: sizes, title: "a <b> & c", storeDirectory: .nodeos).svg()
        let reader = Reader()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.titles > 60)
        #expect(String(decoding: bytes, as: UTF8.self).contains("a &lt;b&gt; &amp; c"))
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var titles = 0

        func parser(
            _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
            qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
        ) {
            if elementName == "title" { titles += 1 }
        }
    }

    @Test func thePageGoesInAndOut() throws {
        guard let browser = try Browser.found() else { try Test.cancel("no chromium with python3") }
        let sizes = try Self.sizes(count: 3000, seed: 4)
        let large = try #require(
            sizes.items.max {
                ($0.children.isEmpty ? 0 : $0.size) < ($1.children.isEmpty ? 0 : $1.size)
            })
        let files = try TemporaryDirectory()
        let page = TreemapPicture(of: sizes, title: "closure", storeDirectory: .nodeos).html()
        let name = large.path.name
        let heading = #"{"evaluate": "document.querySelector('#panel h2').textContent"}"#
        let answer = try JSONValue(
            parsing: Array(
                browser.visit(
                    files.write(String(decoding: page, as: UTF8.self), to: "page.html"),
                    steps: """
                        [\(heading), {"screenshot": "\(try Browser.screenshot("treemap"))"}, \
                        {"hover": "treemapPage.position(treemapPage.find('\(name)'))"}, \
                        {"evaluate": "document.querySelector('#tip b').textContent"}, \
                        {"evaluate": "treemapPage.enter(treemapPage.find('\(name)'))"}, \(heading), \
                        {"dark": true}, {"screenshot": "\(try Browser.screenshot("treemap-dark"))"}, \
                        {"press": "Escape"}, \
                        {"evaluate": "treemapPage.state.inside !== treemapPage.find('\(name)')"}]
                        """
                ).utf8))
        #expect(
            answer["values"]?.array
                == [.string("closure"), .string(name), .null, .string(name), .bool(true)])
        #expect(answer["problems"]?.array == [])
    }
}
