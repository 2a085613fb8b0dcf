import Primitives
package import StoreModel

/// Prints a graph as Cypher statements for Neo4j and its kin: one `MERGE` a node, one a
/// relationship, so that several graphs can be loaded into one database.
package struct CypherRenderer: Sendable {
    private let storeDirectory: StoreDirectory

    /// A renderer for a graph of that store.
    package init(storeDirectory: StoreDirectory) { self.storeDirectory = storeDirectory }

    /// The statements of `graph`, one a line.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        var out = TextBuffer()
        out.line("CREATE CONSTRAINT IF NOT EXISTS FOR (n:Item) REQUIRE n.id IS UNIQUE;")
        for node in graph.nodes {
            out.add("MERGE (n:Item {id: '", node.identifier, "'}) SET ")
            property("name", node.name, &out)
            out.add(", ")
            property("path", storeDirectory.path(of: node.path), &out)
            for (key, value) in [
                ("stage", node.stage?.name), ("version", node.version), ("system", node.system),
                ("hash", node.digest?.sri),
            ] {
                guard let value else { continue }
                out.add(", ")
                property(key, value, &out)
            }
            if let size = node.size { out.add(", n.size = \(size)") }
            if node.count > 1 { out.add(", n.count = \(node.count)") }
            if node.isRoot { out.add(", n.root = true") }
            for (key, list) in [
                ("outputs", node.outputs.map { storeDirectory.path(of: $0) }), ("urls", node.urls),
            ] where !list.isEmpty {
                out.add(", n.", key, " = ")
                self.list(list, &out)
            }
            out.line(", n:\(node.kind.rawValue.capitalised);")
        }
        let type = graph.relation.isReversed ? "NEEDED_BY" : "NEEDS"
        for edge in graph.edges {
            out.add(
                "MATCH (a:Item {id: '", graph.nodes[edge.from].identifier, "'}), (b:Item {id: '")
            out.add(graph.nodes[edge.to].identifier, "'}) MERGE (a)-[r:", type, "]->(b)")
            var separator = " SET "
            if !edge.outputs.isEmpty {
                out.add(separator, "r.outputs = ")
                list(edge.outputs, &out)
                separator = ", "
            }
            if edge.isImplicit {
                out.add(separator, "r.implicit = true")
                separator = ", "
            }
            if edge.count > 1 { out.add(separator, "r.edges = \(edge.count)") }
            out.line(";")
        }
        return out.bytes
    }

    private func property(_ key: String, _ value: String, _ out: inout TextBuffer) {
        out.add("n.", key, " = ")
        literal(value, &out)
    }

    private func list(_ values: [String], _ out: inout TextBuffer) {
        out.add("[")
        for (index, value) in values.enumerated() {
            if index > 0 { out.add(", ") }
            literal(value, &out)
        }
        out.add("]")
    }

    private func literal(_ text: String, _ out: inout TextBuffer) {
        out.add("'")
        out.add(text) { byte in
            switch byte {
            case UInt8(ascii: "'"): "\\'"
            case UInt8(ascii: "\\"): "\\\\"
            case UInt8(ascii: "\n"): "\\n"
            case 0..<0x20: " "
            default: nil
            }
        }
        out.add("'")
    }
}

extension String {
    fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
