package import Primitives
package import StoreModel

/// Prints a graph in this project's own JSON form (`docs/formats/graph-json.md`): everything that is
/// known of nodes and edges.
package struct JSONGraphRenderer: Sendable {
    private let storeDirectory: StoreDirectory

    /// A renderer for a graph of that store.
    package init(storeDirectory: StoreDirectory) { self.storeDirectory = storeDirectory }

    /// The JSON value of `graph`.
    package func value(of graph: DependencyGraph) -> JSONValue {
        .object([
            "format": .string("nodeos-graph"),
            "version": .integer(1),
            "relation": .string(graph.relation.rawValue),
            "storeDirectory": .string(storeDirectory.path),
            "nodes": .array(graph.nodes.map { value(of: $0) }),
            "edges": .array(
                graph.edges.map { edge in
                    .object([
                        "from": .string(graph.nodes[edge.from].identifier),
                        "to": .string(graph.nodes[edge.to].identifier),
                        "outputs": .strings(edge.outputs.isEmpty ? ["out"] : edge.outputs),
                        "implicit": .bool(edge.isImplicit),
                        "count": .count(edge.count),
                    ])
                }),
        ])
    }

    private func value(of node: GraphNode) -> JSONValue {
        .object([
            "id": .string(node.identifier),
            "name": .string(node.name),
            "path": .string(storeDirectory.path(of: node.path)),
            "kind": .string(node.kind.rawValue),
            "role": .string(node.role.rawValue),
            "stage": .optional(node.stage?.name),
            "packageVersion": .optional(node.version),
            "system": .optional(node.system),
            "outputNames": .strings(node.outputNames),
            "outputs": .strings(node.outputs.map { storeDirectory.path(of: $0) }),
            "hash": .optional(node.digest?.sri),
            "hashMethod": .optional(node.method.map(Self.name)),
            "urls": .strings(node.urls),
            "size": node.size.map { .count($0) } ?? .null,
            "count": .count(node.count),
            "members": .strings(node.members),
            "root": .bool(node.isRoot),
            "highlight": .optional(Self.name(of: node.emphasis)),
        ])
    }

    private static func name(of emphasis: GraphNode.Emphasis) -> String? {
        switch emphasis {
        case .none: nil
        case .onTheWay: "way"
        case .named: "named"
        }
    }

    /// The names that Nix has for them.
    private static func name(of method: ContentAddressMethod) -> String {
        switch method {
        case .flat: "flat"
        case .recursive: "nar"
        case .git: "git"
        case .text: "text"
        }
    }
}
