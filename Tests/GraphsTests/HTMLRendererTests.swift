import Foundation
import Graphs
import Primitives
import StoreModel
import TestSupport
import Testing

/// Graphs as pages, as a parser and as a browser see them. What a person does on a page is in
/// `EndToEndTests/PageTests`.
@Suite(.timeLimit(.minutes(40))) struct HTMLRendererTests {
    private static let directory = StoreDirectory.nodeos

    private static func node(
        _ number: Int, _ name: String, _ kind: GraphNode.Kind, stage: String? = nil
    ) throws -> GraphNode {
        let hash = (0..<20).map { UInt8(truncatingIfNeeded: number >> (8 * min($0, 3))) }
        var node = GraphNode(
            path: try StorePath(hash: hash, name: name), kind: kind,
            stage: stage.map { GraphStage($0) })
        node.size = UInt64(number * 1000)
        node.isRoot = number == 0
        return node
    }

    private func page(_ graph: DependencyGraph) throws -> (text: String, data: JSONValue) {
        let text = String(
            decoding: HTMLRenderer(storeDirectory: Self.directory).render(graph), as: UTF8.self)
        let parts = text.components(separatedBy: #"<script type="application/json" id="data">"#)
        let data = try #require(parts.last?.components(separatedBy: "</script>").first)
        return (text, try JSONValue(parsing: Array(data.utf8)))
    }

    @Test func dataIsComplete() throws {
        let graph = DependencyGraph(
            relation: .derivation,
            nodes: [
                try Self.node(0, "top", .build, stage: "final"),
                try Self.node(1, "tools", .seed, stage: "seed"),
                try Self.node(2, "file", .source),
            ], edges: [GraphEdge(from: 0, to: 1), GraphEdge(from: 0, to: 2)])
        let data = try page(graph).data
        #expect(data["title"]?.string == "top")
        #expect(data["stages"]?.array == [.string("seed"), .string("final")])
        let nodes = try #require(data["nodes"]?.array)
        #expect(nodes.map { $0["name"]?.string } == graph.nodes.map(\.name))
        #expect(nodes.compactMap { $0["size"]?.integer }.reduce(0, +) == 3000)
        let names = try #require(data["edges"]?.array).compactMap { index in
            index.integer.flatMap { nodes[Int($0)]["name"]?.string }
        }
        #expect(Set([names.prefix(2), names.suffix(2)]) == [["top", "tools"], ["top", "file"]])
    }

    /// A stage's name is any text of a derivation: it must stay text.
    @Test func textsCannotBecomePrograms() throws {
        let stage = "</script><script>document.title='taken'</script><!--<b>&"
        let graph = DependencyGraph(
            relation: .derivation, nodes: [try Self.node(0, "top", .build, stage: stage)],
            edges: [])
        let (text, data) = try page(graph)
        #expect(data["stages"]?.array == [.string(stage)])
        #expect(text.components(separatedBy: "<script").count == 3)
        #expect(!text.contains("<!--"))
        #expect(text.contains("default-src 'none'; style-src 'sha256-"))
        guard let browser = try Browser.found() else { try Test.cancel("no chromium with python3") }
        let answer = try visit(
            browser, text,
            """
            [{"evaluate": "document.title"}, {"evaluate": "find('stages').textContent"}, \
            {"evaluate": "document.querySelectorAll('b').length"}]
            """)
        #expect(answer["values"]?.array == [.string("top"), .string(stage), .integer(0)])
        #expect(answer["problems"]?.array == [])
    }

    private func visit(_ browser: Browser, _ text: String, _ steps: String) throws -> JSONValue {
        let files = try TemporaryDirectory()
        let answer = try browser.visit(files.write(text, to: "page.html"), steps: steps)
        return try JSONValue(parsing: Array(answer.utf8))
    }

    /// Five thousand nodes, in the way of a distribution: the page opens, finds and walks.
    @Test func thousandsOfNodes() throws {
        guard let browser = try Browser.found() else { try Test.cancel("no chromium with python3") }
        var random = SplitMix64(seed: 5)
        var nodes: [GraphNode] = []
        var edges: [GraphEdge] = []
        for number in 0..<5000 {
            let isBuild = number < 20 || number % 5 < 3
            nodes.append(
                try Self.node(number, "package-\(number)-1.0", isBuild ? .build : .fetch))
            guard number > 0 else { continue }
            var users: Set<Int> = []
            for _ in 0..<(isBuild ? 1 + number % 7 : 1) {
                let near = max(0, number - 1 - Int.random(in: 0...(number / 3 + 1), using: &random))
                users.insert(near < 20 || near % 5 < 3 ? near : near - near % 5)
            }
            edges += users.map { GraphEdge(from: $0, to: number) }
        }
        let text = try page(
            DependencyGraph(relation: .derivation, nodes: nodes, edges: edges)
        ).text
        let answer = try visit(
            browser, text,
            """
            [{"screenshot": "\(try Browser.screenshot("graph-5000"))"}, \
            {"evaluate": "graphPage.model.nodes.length"}, \
            {"press": "/"}, {"type": "package-4999"}, {"press": "Enter"}, \
            {"evaluate": "graphPage.model.nodes[graphPage.state.selected].name"}, \
            {"evaluate": "graphPage.view().scale > 0.4"}, \
            {"press": "ArrowLeft"}, \
            {"evaluate": "graphPage.model.nodes[graphPage.state.selected].name !== 'package-4999-1.0'"}, \
            {"evaluate": "graphPage.between(graphPage.find('package-4999-1.0'), 0) ?? graphPage.state.way.length > 2"}, \
            {"dark": true}, {"screenshot": "\(try Browser.screenshot("graph-5000-dark"))"}]
            """)
        #expect(
            answer["values"]?.array == [
                .integer(5000), .string("package-4999-1.0"), .bool(true), .bool(true), .bool(true),
            ])
        #expect(answer["problems"]?.array == [])
    }
}
