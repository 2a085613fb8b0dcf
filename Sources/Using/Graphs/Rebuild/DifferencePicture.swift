import StoreModel

/// Prints a difference in the DOT language of graphviz: only what differs, coloured by what became of
/// it, causes strong and what follows from them pale.
package struct DifferencePicture: Sendable {
    /// How many lines of what changed a node tells when it is pointed at.
    private static let shown = 12

    /// A picture.
    package init() {}

    /// The DOT text of `difference`.
    package func render(_ difference: GraphDifference) -> [UInt8] {
        var out = TextBuffer()
        out.line("digraph difference {")
        out.add(
            """
              graph [rankdir=LR, ranksep=0.6, nodesep=0.18, pad=0.3, fontname="Helvetica,Arial", \
            fontsize=15, fontcolor="#3c4043", labelloc=t, labeljust=l, tooltip=" ", label=
            """)
        out.addDOT(caption(difference))
        out.line(
            """
            ];
              node [fontname="Helvetica,Arial", fontsize=11, height=0.3, margin="0.12,0.05", \
            shape=box, style="rounded,filled"];
              edge [color="#80868b", arrowsize=0.6, penwidth=0.8];
            """)
        for (index, node) in difference.nodes.enumerated() {
            out.add("  n\(index) [label=")
            out.addDOT(label(node))
            out.add(", ", Self.look(node.change), ", tooltip=")
            out.addDOT(tooltip(node))
            out.line("];")
        }
        for (from, to) in difference.edges {
            let isGone = difference.nodes[to].change == .removed
            out.line(
                "  n\(from) -> n\(to)" + (isGone ? " [style=dashed, color=\"#b3261e\"];" : ";"))
        }
        out.line("}")
        return out.bytes
    }

    private func caption(_ difference: GraphDifference) -> String {
        let counts = GraphDifference.Change.allCases.compactMap { change -> String? in
            let count = difference.nodes(change).count
            return count == 0 ? nil : "\(count) \(Self.words(change))"
        }
        let all = counts + ["\(difference.unchanged) the same (not shown)"]
        return "\(difference.names.first) → \(difference.names.second)\n"
            + all.joined(separator: ", ") + "\n "
    }

    /// What a change is called, with its colour.
    private static func words(_ change: GraphDifference.Change) -> String {
        switch change {
        case .changed: "changed (orange)"
        case .follows: "only because of what they need (yellow)"
        case .harmless: "with the same hash (grey)"
        case .added: "added (green)"
        case .removed: "removed (red, dashed)"
        }
    }

    private static func look(_ change: GraphDifference.Change) -> String {
        switch change {
        case .changed: "color=\"#9a4a00\", fillcolor=\"#ffb870\", penwidth=2.4, fontsize=13"
        case .follows: "color=\"#a99b5e\", fillcolor=\"#fff8dc\""
        case .harmless: "color=\"#80868b\", fillcolor=\"#f1f3f4\""
        case .added: "color=\"#1a6b3c\", fillcolor=\"#bfe8cc\", penwidth=1.8"
        case .removed:
            "color=\"#b3261e\", fillcolor=\"#fbd9d6\", penwidth=1.8, style=\"rounded,filled,dashed\""
        }
    }

    private func label(_ node: GraphDifference.Node) -> String {
        guard let first = node.first, node.second != nil, first.derivationName != node.name else {
            return node.name
        }
        return "\(first.derivationName) → \(node.name)"
    }

    private func tooltip(_ node: GraphDifference.Node) -> String {
        var lines = [node.first, node.second].compactMap { $0?.baseName }
        for difference in node.differences {
            lines.append("\(difference.field.rawValue) \(difference.key)")
            lines += difference.removed.map { "- \($0.prefix(120))" }
            lines += difference.added.map { "+ \($0.prefix(120))" }
        }
        let more = lines.count > Self.shown ? ["…"] : []
        return (lines.prefix(Self.shown) + more).joined(separator: "\n")
    }
}
