import Primitives
package import StoreModel

/// Prints a graph as a page to walk in: one file that works without network, with zoom, search,
/// what each node needs and what needs it, ways between two nodes, a filter of stages, light and
/// dark. The page itself is in `Page/`.
package struct HTMLRenderer: Sendable {
    /// Where the store paths are, as the page shows them.
    package var storeDirectory: StoreDirectory

    /// A renderer.
    package init(storeDirectory: StoreDirectory) { self.storeDirectory = storeDirectory }

    /// The page.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        let roots = graph.nodes.filter(\.isRoot).map(\.name)
        let title =
            roots.prefix(3).joined(separator: ", ") + (roots.count > 3 ? " and others" : "")
        return HTMLPage(
            title: title, template: PackageResources.graph_html,
            styles: [PackageResources.page_css],
            scripts: [
                PackageResources.common_js, PackageResources.model_js, PackageResources.layout_js,
                PackageResources.drawing_js, PackageResources.panel_js, PackageResources.graph_js,
            ], data: data(graph, title: title)
        ).bytes
    }

    /// What the script reads. An edge is two numbers in a row: the node that needs, the node that is
    /// needed.
    private func data(_ graph: DependencyGraph, title: String) -> JSONValue {
        let stages = Set(graph.nodes.compactMap(\.stage)).sorted()
        let numbers = Dictionary(
            uniqueKeysWithValues: stages.enumerated().map { ($0.element, $0.offset) })
        return .object([
            "title": .string(title), "relation": .string(graph.relation.rawValue),
            "directory": .string(storeDirectory.path), "stages": .strings(stages.map(\.name)),
            "nodes": .array(
                graph.nodes.map { node in
                    .object([
                        "name": .string(node.name), "path": .string(node.path.baseName),
                        "kind": .string(node.kind.rawValue),
                        "stage": node.stage.flatMap { numbers[$0] }.map { .count($0) } ?? .null,
                        "size": node.size.map { .count($0) } ?? .null,
                        "count": .count(node.count), "root": .bool(node.isRoot),
                        "details": .strings(node.details),
                    ])
                }),
            "edges": .array(graph.edges.flatMap { [.count($0.from), .count($0.to)] }),
        ])
    }
}
