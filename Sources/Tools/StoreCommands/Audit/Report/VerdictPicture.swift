import Graphs
import StoreModel

/// A graph of derivations in the language of graphviz, coloured by what building again showed.
enum VerdictPicture {
    /// The text.
    static func render(_ graph: DependencyGraph, _ entries: [StorePath: ReportEntry]) -> [UInt8] {
        var lines = [
            "digraph verdicts {",
            "  rankdir=LR; node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=10];",
        ]
        for (index, node) in graph.nodes.enumerated() {
            let colour =
                switch entries[node.path]?.isSame {
                case true: "#b7e4c0"
                case false: "#f5b5b0"
                default: "#e0e0e0"
                }
            // Names of derivations hold no quotes and no backslashes.
            lines.append("  n\(index) [label=\"\(node.name)\", fillcolor=\"\(colour)\"];")
        }
        lines += graph.edges.map { "  n\($0.from) -> n\($0.to);" } + ["}"]
        return Array(lines.joined(separator: "\n").utf8)
    }
}
