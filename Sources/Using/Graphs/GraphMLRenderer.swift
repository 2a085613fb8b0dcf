import Primitives
package import StoreModel

/// Prints a graph as GraphML (graphml.graphdrawing.org), which yEd, Gephi, Cytoscape and networkx
/// read. Lists are words with blanks between them.
package struct GraphMLRenderer: Sendable {
    private let storeDirectory: StoreDirectory

    /// A renderer for a graph of that store.
    package init(storeDirectory: StoreDirectory) { self.storeDirectory = storeDirectory }

    /// The XML text of `graph`.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        var out = TextBuffer()
        out.line(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
            http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
            """)
        for (domain, keys) in [("node", Self.nodeKeys), ("edge", Self.edgeKeys)] {
            for (name, type) in keys {
                out.line(
                    "  <key id=\"\(name)\" for=\"\(domain)\" attr.name=\"\(name)\" "
                        + "attr.type=\"\(type)\"/>")
            }
        }
        out.line("  <graph id=\"\(graph.relation.rawValue)\" edgedefault=\"directed\">")
        for node in graph.nodes {
            out.line("    <node id=\"\(node.identifier)\">")
            for (key, value) in values(of: node) { data(key, value, &out) }
            out.line("    </node>")
        }
        for edge in graph.edges {
            let ends = [edge.from, edge.to].map { graph.nodes[$0].identifier }
            out.line("    <edge source=\"\(ends[0])\" target=\"\(ends[1])\">")
            data("outputs", edge.outputs.isEmpty ? nil : edge.outputs.joined(separator: " "), &out)
            data("implicit", edge.isImplicit ? "true" : nil, &out)
            data("edges", edge.count > 1 ? "\(edge.count)" : nil, &out)
            out.line("    </edge>")
        }
        out.line("  </graph>")
        out.line("</graphml>")
        return out.bytes
    }

    private static let nodeKeys = [
        ("name", "string"), ("path", "string"), ("kind", "string"), ("stage", "string"),
        ("version", "string"), ("system", "string"), ("paths", "string"), ("size", "long"),
        ("hash", "string"), ("urls", "string"), ("count", "int"), ("root", "boolean"),
    ]
    private static let edgeKeys = [
        ("outputs", "string"), ("implicit", "boolean"), ("edges", "int"),
    ]

    private func values(of node: GraphNode) -> [(String, String?)] {
        [
            ("name", node.name), ("path", storeDirectory.path(of: node.path)),
            ("kind", node.kind.rawValue), ("stage", node.stage?.name), ("version", node.version),
            ("system", node.system),
            ("paths", words(node.outputs.map { storeDirectory.path(of: $0) })),
            ("size", node.size.map { "\($0)" }), ("hash", node.digest?.sri),
            ("urls", words(node.urls)), ("count", node.count > 1 ? "\(node.count)" : nil),
            ("root", node.isRoot ? "true" : nil),
        ]
    }

    private func words(_ words: [String]) -> String? {
        words.isEmpty ? nil : words.joined(separator: " ")
    }

    private func data(_ key: String, _ value: String?, _ out: inout TextBuffer) {
        guard let value else { return }
        out.add("      <data key=\"", key, "\">")
        out.add(value) { byte in
            switch byte {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            // XML 1.0 has no other control characters, not even escaped.
            case 0..<0x20 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\t"): " "
            default: nil
            }
        }
        out.line("</data>")
    }
}
