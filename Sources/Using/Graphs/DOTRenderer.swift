import Primitives
import StoreModel

/// Prints a graph in the DOT language of graphviz: stages as coloured clusters, a shape for every
/// kind of node, arrows from what needs to what is needed.
package struct DOTRenderer: Sendable {
    /// Whether labels are full base names with their hashes.
    package var usesFullNames: Bool

    /// A renderer.
    package init(usesFullNames: Bool = false) { self.usesFullNames = usesFullNames }

    /// The DOT text of `graph`.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        var out = TextBuffer()
        let title = graph.title
        out.add("digraph ")
        out.addDOT(title)
        out.line(" {")
        out.add(
            """
              graph [rankdir=LR, ranksep=0.6, nodesep=0.18, pad=0.3, fontname="Helvetica,Arial", \
            fontsize=16, fontcolor="#3c4043", labelloc=t, labeljust=l, compound=true, \
            style=rounded, tooltip=" ", label=
            """)
        out.addDOT("\(title)\n\(legend(graph))\n ")
        out.line(
            """
            ];
              node [fontname="Helvetica,Arial", fontsize=11, height=0.3, margin="0.12,0.05", \
            penwidth=1, color="#5f6368", fillcolor="#ffffff"];
              edge [color="#80868b", arrowsize=0.6, penwidth=0.8];
            """)
        let identifiers = graph.nodes.map { "\"\($0.identifier)\"" }
        let hasClusters =
            graph.relation != .stage && graph.nodes.contains { $0.stage != nil }
        var index = 0
        while index < graph.nodes.count {
            let stage = graph.nodes[index].stage
            var end = index
            while end < graph.nodes.count, graph.nodes[end].stage == stage { end += 1 }
            let isInCluster = hasClusters && stage != nil
            if isInCluster, let stage { open(stage, &out) }
            for place in index..<end {
                out.add(isInCluster ? "    " : "  ", identifiers[place])
                attributes(of: graph.nodes[place], &out)
            }
            if isInCluster { out.line("  }") }
            index = end
        }
        for edge in graph.edges {
            out.add("  ", identifiers[edge.from], " -> ", identifiers[edge.to])
            attributes(of: edge, in: graph, &out)
        }
        out.line("}")
        return out.bytes
    }

    /// What the shapes mean and how many there are of each.
    private func legend(_ graph: DependencyGraph) -> String {
        var counts: [GraphNode.Kind: Int] = [:]
        for node in graph.nodes { counts[node.kind, default: 0] += node.isFold ? node.count : 1 }
        return GraphNode.Kind.allCases.compactMap { kind in
            counts[kind].map { "\(kind.counted($0)) (\(DOTPalette.shapeName(kind)))" }
        }.joined(separator: ", ")
    }

    private func open(_ stage: GraphStage, _ out: inout TextBuffer) {
        let colours = DOTPalette.cluster(stage)
        out.add("  subgraph ")
        out.addDOT("cluster_\(stage.name)")
        out.add(" {\n    label=")
        out.addDOT(stage.name)
        out.line(
            "; color=\"\(colours.line)\"; fillcolor=\"\(colours.fill)\"; style=\"rounded,filled\"; "
                + "fontsize=13; fontcolor=\"\(colours.line)\"; margin=12;")
    }

    private func attributes(of node: GraphNode, _ out: inout TextBuffer) {
        out.add(" [label=")
        out.addDOT(label(node))
        out.add(", ", DOTPalette.shape(node))
        if let stage = node.stage {
            let colours = DOTPalette.cluster(stage)
            out.add(", color=\"", colours.line, "\"")
            if node.kind == .stage {
                out.add(", fillcolor=\"", colours.fill, "\"")
            } else if node.isRoot {
                out.add(", fillcolor=\"", colours.strong, "\"")
            }
        } else if node.isRoot {
            out.add(", fillcolor=\"#e8eaed\"")
        }
        switch node.emphasis {
        case .none: break
        case .onTheWay: out.add(", color=\"", DOTPalette.emphasis, "\", penwidth=2")
        case .named:
            let colour = DOTPalette.emphasis
            out.add(", color=\"", colour, "\", fillcolor=\"", colour, "\", fontcolor=white")
        }
        out.add(", tooltip=")
        let path = node.isFold || node.kind == .stage ? [] : [node.path.baseName]
        out.addDOT((path + node.details).joined(separator: "\n"))
        out.line("];")
    }

    private func label(_ node: GraphNode) -> String {
        if node.kind == .stage { return ([node.name] + node.members).joined(separator: "\n") }
        if node.isFold {
            return node.size.map { "\(node.name)\n\(ByteCount($0))" } ?? node.name
        }
        return usesFullNames ? node.path.baseName : node.name
    }

    private func attributes(
        of edge: GraphEdge, in graph: DependencyGraph, _ out: inout TextBuffer
    ) {
        var separator = " ["
        func start(_ out: inout TextBuffer) {
            out.add(separator)
            separator = ", "
        }
        if !edge.outputs.isEmpty {
            start(&out)
            out.add("tooltip=")
            out.addDOT(edge.outputs.joined(separator: " "))
        }
        if graph.relation == .stage {
            start(&out)
            out.add("label=\"\(edge.count)\", fontsize=10")
        } else if edge.isImplicit, graph.relation != .derivation {
            start(&out)
            out.add("style=dashed")
        }
        if graph.isEmphasised(edge) {
            start(&out)
            out.add("color=\"", DOTPalette.emphasis, "\", penwidth=2")
        }
        out.line(separator == " [" ? ";" : "];")
    }
}

extension DependencyGraph {
    /// What was asked for, by name: three at most.
    package var title: String {
        var names: [String] = []
        for node in nodes where node.isRoot && names.count < 4 { names.append(node.name) }
        return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }

    /// Whether `edge` is on a way to a node that was named.
    package func isEmphasised(_ edge: GraphEdge) -> Bool {
        nodes[edge.from].emphasis != .none && nodes[edge.to].emphasis != .none
    }
}

extension TextBuffer {
    /// Appends `text` as a DOT string: in quotes, newlines as `\n`.
    mutating func addDOT(_ text: String) {
        add("\"")
        add(text) { byte in
            switch byte {
            case UInt8(ascii: "\""): "\\\""
            case UInt8(ascii: "\\"): "\\\\"
            case UInt8(ascii: "\n"): "\\n"
            case 0..<0x20: " "
            default: nil
            }
        }
        add("\"")
    }
}
