import Primitives
import StoreModel

/// Prints a graph in the DOT language of graphviz: stages as coloured clusters, a shape for every
/// kind of node, arrows from what needs to what is needed.
public struct DOTRenderer: Sendable {
    /// Whether labels are full base names with their hashes.
    public var usesFullNames: Bool

    /// A renderer.
    public init(usesFullNames: Bool = false) { self.usesFullNames = usesFullNames }

    /// The DOT text of `graph`.
    public func render(_ graph: DependencyGraph) -> [UInt8] {
        var out = DOTText()
        let roots = graph.nodes.filter(\.isRoot)
        let title = roots.prefix(3).map(\.name).joined(separator: ", ")
        out.line("digraph \(DOTText.quoted(title)) {")
        out.line(
            """
              graph [rankdir=LR, ranksep=0.6, nodesep=0.18, pad=0.3, fontname="Helvetica,Arial", \
            fontsize=16, fontcolor="#3c4043", labelloc=t, labeljust=l, compound=true, \
            style=rounded, tooltip=" ", label=\(DOTText.quoted(caption(graph, title: title)))];
              node [fontname="Helvetica,Arial", fontsize=11, height=0.3, margin="0.12,0.05", \
            penwidth=1, color="#5f6368", fillcolor="#ffffff"];
              edge [color="#80868b", arrowsize=0.6, penwidth=0.8];
            """)
        let hasClusters = graph.nodes.contains { $0.stage != nil }
        var index = 0
        while index < graph.nodes.count {
            let stage = graph.nodes[index].stage
            var end = index
            while end < graph.nodes.count, graph.nodes[end].stage == stage { end += 1 }
            if hasClusters, let stage { open(stage, &out) }
            for node in graph.nodes[index..<end] {
                self.node(node, isInCluster: stage != nil, &out)
            }
            if hasClusters, stage != nil { out.line("  }") }
            index = end
        }
        let identifiers = graph.nodes.map { DOTText.quoted($0.identifier) }
        for edge in graph.edges {
            let outputs =
                edge.outputs.isEmpty
                ? "" : " [tooltip=\(DOTText.quoted(edge.outputs.joined(separator: " ")))]"
            out.line("  \(identifiers[edge.from]) -> \(identifiers[edge.to])\(outputs);")
        }
        out.line("}")
        return out.bytes
    }

    private func caption(_ graph: DependencyGraph, title: String) -> String {
        var counts: [String] = []
        for kind in GraphNode.Kind.allCases {
            let count = graph.nodes.lazy.filter { $0.kind == kind }.map(\.count).reduce(0, +)
            if count > 0 { counts.append("\(kind.counted(count)) (\(kind.shapeName))") }
        }
        return "\(title)\n\(counts.joined(separator: ", "))\n "
    }

    private func open(_ stage: GraphStage, _ out: inout DOTText) {
        let colours = DOTPalette.cluster(stage)
        out.line("  subgraph \(DOTText.quoted("cluster_\(stage.name)")) {")
        out.line(
            "    label=\(DOTText.quoted(stage.name)); color=\"\(colours.line)\"; "
                + "fillcolor=\"\(colours.fill)\"; style=\"rounded,filled\"; fontsize=13; "
                + "fontcolor=\"\(colours.line)\"; margin=12;")
    }

    private func node(_ node: GraphNode, isInCluster: Bool, _ out: inout DOTText) {
        let shape = DOTPalette.shape(node)
        var attributes = "label=\(label(node)), \(shape)"
        if let stage = node.stage {
            attributes += ", color=\"\(DOTPalette.cluster(stage).line)\""
            if node.isRoot { attributes += ", fillcolor=\"\(DOTPalette.cluster(stage).strong)\"" }
        } else if node.isRoot {
            attributes += ", fillcolor=\"#e8eaed\""
        }
        let first = node.count > 1 ? [] : [node.path.baseName]
        let tooltip = (first + node.details).joined(separator: "\n")
        attributes += ", tooltip=\(DOTText.quoted(tooltip))"
        let indentation = isInCluster ? "    " : "  "
        out.line("\(indentation)\(DOTText.quoted(node.identifier)) [\(attributes)];")
    }

    private func label(_ node: GraphNode) -> String {
        if node.count > 1 {
            let size = node.size.map { "\n\(ByteCount($0))" } ?? ""
            return DOTText.quoted(node.kind.counted(node.count) + size)
        }
        return DOTText.quoted(usesFullNames ? node.path.baseName : node.name)
    }
}

extension GraphNode.Kind {
    /// "57 fetches".
    fileprivate func counted(_ count: Int) -> String {
        let names =
            switch self {
            case .build: ("build", "builds")
            case .fetch: ("fetch", "fetches")
            case .seed: ("seed", "seeds")
            case .check: ("check", "checks")
            case .source: ("source", "sources")
            case .item: ("store item", "store items")
            }
        return "\(count) \(count == 1 ? names.0 : names.1)"
    }

    /// What its shape is called; the caption explains the picture with it.
    fileprivate var shapeName: String {
        switch self {
        case .build, .item: "box"
        case .fetch: "cylinder"
        case .seed: "hexagon"
        case .check: "octagon"
        case .source: "note"
        }
    }
}
