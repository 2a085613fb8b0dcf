import Primitives
import StoreModel

/// Prints a graph as a Mermaid flowchart, which forges show in Markdown: stages as coloured
/// subgraphs, a shape for every kind of node.
package struct MermaidRenderer: Sendable {
    /// Whether labels are full base names with their hashes.
    package var usesFullNames: Bool

    /// A renderer.
    package init(usesFullNames: Bool = false) { self.usesFullNames = usesFullNames }

    /// The text of `graph`.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        var out = TextBuffer()
        // Without the settings, Mermaid refuses more than 500 edges; a few viewers fix the limit.
        out.line(
            "%%{init: {\"maxEdges\": \(max(500, graph.edges.count)), \"maxTextSize\": 10000000}}%%")
        out.line("flowchart LR")
        let hasClusters = graph.relation != .stage
        var stages: Set<GraphStage> = []
        var index = 0
        while index < graph.nodes.count {
            let stage = graph.nodes[index].stage
            var end = index
            while end < graph.nodes.count, graph.nodes[end].stage == stage { end += 1 }
            if let stage, stages.insert(stage).inserted, hasClusters {
                out.add("  subgraph ", subgraphName(stage), "[")
                quote(stage.name, &out)
                out.line("]")
            }
            for place in index..<end { node(graph.nodes[place], &out) }
            if stage != nil, hasClusters { out.line("  end") }
            index = end
        }
        for edge in graph.edges {
            out.add("  n", graph.nodes[edge.from].identifier)
            if graph.isEmphasised(edge) {
                out.add(" ==> ")
            } else if edge.isImplicit, graph.relation != .derivation, graph.relation != .stage {
                out.add(" -.-> ")
            } else {
                out.add(" --> ")
            }
            if graph.relation == .stage { out.add("|\(edge.count)| ") }
            out.line("n\(graph.nodes[edge.to].identifier)")
        }
        for stage in stages.sorted() {
            let colours = DOTPalette.cluster(stage)
            let name = subgraphName(stage)
            out.line(
                "  classDef \(name)Node fill:\(colours.strong),stroke:\(colours.line),color:#000")
            if hasClusters {
                out.line("  style \(name) fill:\(colours.fill),stroke:\(colours.line),color:#000")
            }
        }
        // The last class wins, so what matters most stands last.
        let emphasis = DOTPalette.emphasis
        for (name, style, nodes) in [
            ("asked", "stroke-width:4px", graph.nodes.filter(\.isRoot)),
            (
                "onTheWay", "stroke:\(emphasis),stroke-width:3px",
                graph.nodes.filter { $0.emphasis == .onTheWay }
            ),
            (
                "named", "fill:\(emphasis),color:#fff",
                graph.nodes.filter { $0.emphasis == .named }
            ),
        ] where !nodes.isEmpty {
            out.line("  classDef \(name) \(style)")
            out.line("  class \(nodes.map { "n\($0.identifier)" }.joined(separator: ",")) \(name)")
        }
        return out.bytes
    }

    /// A stage as an identifier: foreign derivations may call theirs anything.
    private func subgraphName(_ stage: GraphStage) -> String {
        "stage_"
            + stage.name.utf8.map { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    ? String(UnicodeScalar(byte)) : "_\(byte)_"
            }.joined()
    }

    private func node(_ node: GraphNode, _ out: inout TextBuffer) {
        let (opening, closing) =
            switch node.kind {
            case .build, .item, .stage: ("(", ")")
            case .final: ("[[", "]]")
            case .fetch: ("[(", ")]")
            case .seed: ("{{", "}}")
            case .check: ("[/", "\\]")
            case .source: (">", "]")
            }
        out.add("    n", node.identifier, opening)
        var lines = [usesFullNames && !node.isFold ? node.path.baseName : node.name]
        if node.kind == .stage { lines += node.members }
        if node.isFold, let size = node.size { lines.append("\(ByteCount(size))") }
        quote(lines.joined(separator: "\n"), &out)
        out.add(closing)
        if let stage = node.stage { out.add(":::", subgraphName(stage), "Node") }
        out.line()
    }

    /// Mermaid has no escapes but entities, with `#` in place of `&`.
    private func quote(_ text: String, _ out: inout TextBuffer) {
        out.add("\"")
        out.add(text) { byte in
            switch byte {
            case UInt8(ascii: "\""): "#quot;"
            case UInt8(ascii: "#"): "#35;"
            case UInt8(ascii: "<"): "#lt;"
            case UInt8(ascii: ">"): "#gt;"
            case UInt8(ascii: "&"): "#amp;"
            case UInt8(ascii: "\\"): "#92;"
            case UInt8(ascii: "\n"): "<br/>"
            case 0..<0x20: " "
            default: nil
            }
        }
        out.add("\"")
    }
}
