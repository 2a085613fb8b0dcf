import Primitives
import StoreModel

/// Prints a graph as a tree for a terminal, with the size of each node and of all it leads to. What
/// was shown before with everything below it is not shown again but marked `[...]`, as `query tree` does.
package struct TreeRenderer: Sendable {
    /// Whether names are full base names with their hashes.
    package var usesFullNames: Bool

    /// A renderer.
    package init(usesFullNames: Bool = false) { self.usesFullNames = usesFullNames }

    /// The text of `graph`.
    package func render(_ graph: DependencyGraph) -> [UInt8] {
        let edges = graph.indexed
        let closures = edges.closureWeights(graph.nodes.map { $0.size ?? 0 })
        let hasSizes = graph.nodes.contains { $0.size != nil }
        var out = TextBuffer()
        var isShown = [Bool](repeating: false, count: graph.nodes.count)
        // An explicit stack: graphs can be deep.
        var stack: [(node: Int, prefix: String, branch: String, inner: String)] = []
        for root in graph.roots.reversed() { stack.append((root, "", "", "")) }
        while let (index, prefix, branch, inner) = stack.popLast() {
            let node = graph.nodes[index]
            let children = edges.successors(of: index)
            if hasSizes {
                out.add(
                    column(node.size), " ", column(node.size == nil ? nil : closures[index]), "  ")
            }
            out.add(prefix, branch, label(node))
            let isRepeated = isShown[index] && !children.isEmpty
            out.line(isRepeated ? " [...]" : "")
            if isShown[index] { continue }
            isShown[index] = true
            for (place, child) in children.enumerated().reversed() {
                let isLast = place == children.count - 1
                stack.append(
                    (
                        child, inner, isLast ? "└───" : "├───",
                        TreeIndent.below(inner, isLast: isLast)
                    ))
            }
        }
        return out.bytes
    }

    private func label(_ node: GraphNode) -> String {
        var label = usesFullNames && !node.isFold ? node.path.baseName : node.name
        if node.kind == .stage { label += " (\(node.members.joined(separator: ", ")))" }
        return label
    }

    /// A size, flush right in nine characters.
    private func column(_ size: UInt64?) -> String {
        let text = size.map { "\(ByteCount($0))" } ?? "-"
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
}
