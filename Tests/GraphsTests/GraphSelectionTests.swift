import Graphs
import StoreModel
import Testing

/// Parts of a graph: a diamond with a tail and a shortcut.
@Suite struct GraphSelectionTests {
    /// top → left, right, bottom; left → bottom; right → middle → bottom → tail.
    private func graph() throws -> DependencyGraph {
        var fixture = DerivationFixture()
        let tail = try fixture.add("tail")
        let bottom = try fixture.add("bottom", inputs: [tail])
        let middle = try fixture.add("middle", inputs: [bottom])
        let left = try fixture.add("left", inputs: [bottom])
        let right = try fixture.add("right", inputs: [middle])
        let top = try fixture.add("top", inputs: [left, right, bottom])
        return try fixture.graph(of: top)
    }

    private func index(_ name: String, _ graph: DependencyGraph) throws -> Int {
        try #require(graph.nodes(matching: GraphPattern(name)).first)
    }

    @Test func depthCutsEdgesToo() throws {
        let graph = try graph().limited(toDepth: 1)
        #expect(graph.names == ["bottom", "left", "right", "top"])
        #expect(graph.arrows == ["top → bottom", "top → left", "top → right"])
        #expect(try self.graph().limited(toDepth: 0).names == ["top"])
    }

    @Test func reduction() throws {
        let graph = try graph().reduced()
        #expect(
            graph.arrows == [
                "bottom → tail", "left → bottom", "middle → bottom", "right → middle",
                "top → left", "top → right",
            ])
    }

    @Test func exclusionTakesWhatOnlyItLedTo() throws {
        let graph = try graph()
        #expect(
            graph.excluding([GraphPattern("right")]).names == ["bottom", "left", "tail", "top"])
        #expect(
            graph.excluding([GraphPattern("bot*")]).names == ["left", "middle", "right", "top"])
        #expect(graph.excluding([GraphPattern("top")]).names.count == 6)
        #expect(graph.excluding([]).names == graph.names)
    }

    @Test func onlyLeadsOverWhatIsLeftOut() throws {
        let graph = try graph().only([GraphPattern("m?ddle"), GraphPattern("tail")])
        #expect(graph.names == ["middle", "tail", "top"])
        #expect(graph.arrows == ["middle → tail", "top → middle", "top → tail"])
    }

    @Test func ways() throws {
        let graph = try graph()
        let (top, tail) = (try index("top", graph), try index("tail", graph))
        let shortest = try #require(graph.ways(from: top, to: tail, all: false))
        #expect(shortest.arrows == ["bottom → tail", "top → bottom"])
        #expect(shortest.nodes.filter(\.isRoot).map(\.name) == ["top"])
        #expect(shortest.nodes.filter { $0.emphasis == .named }.map(\.name) == ["tail"])
        let right = try index("right", graph)
        let all = try #require(graph.ways(from: right, to: tail, all: true))
        #expect(all.names == ["bottom", "middle", "right", "tail"])
        #expect(graph.ways(from: tail, to: top, all: false) == nil)
        #expect(graph.ways(from: top, to: top, all: false)?.names == ["top"])
    }

    @Test func highlighting() throws {
        let graph = try graph().highlighting([GraphPattern("middle")])
        #expect(graph.nodes.filter { $0.emphasis == .named }.map(\.name) == ["middle"])
        #expect(graph.nodes.filter { $0.emphasis == .onTheWay }.map(\.name) == ["right", "top"])
        #expect(
            graph.edges.filter { graph.isEmphasised($0) }.map { graph.nodes[$0.from].name }
                == ["right", "top"])
    }

    @Test func patternsMeanNamesAndPaths() throws {
        let graph = try graph()
        let node = graph.nodes[0]
        for text in [
            "bottom", "b*m", "[a-c]ottom", node.path.baseName,
            "/nodeos/store/\(node.path.baseName)",
            "/nodeos/store/\(node.outputs[0].baseName)",
        ] {
            #expect(GraphPattern(text).matches(node), "\(text)")
        }
        #expect(!GraphPattern("bot").matches(node))
    }
}
